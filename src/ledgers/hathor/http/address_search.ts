import type { PyJson } from "../../../python/json.ts";
import { pythonBytesRepr } from "../../../python/bytes.ts";
import { addressTextOf, parseAddressScript } from "../script/patterns.ts";
import type { HathorService } from "../service.ts";
import type { ListPlace, TimedHash } from "../state/queries.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { Pace } from "../../../kernel/turn.ts";
import { inputsOf, tokenUidAt, type TxOutput, type Vertex } from "../vertex/vertex.ts";
import { assertAddress } from "./address_history.ts";
import { type Arguments, BadRequest, countOf, hexArgument } from "./arguments.ts";
import { page } from "./transaction_routes.ts";

/** Vertices that one answer lists. */
const MOST_LISTED = 15;
/** Vertices read at once where all of an address are looked through. */
const PAGE = 100;
/** Vertices of an address that are looked through for a token; the node looks through any number. */
const MOST_LOOKED_AT = 50_000;

/** Vertices of an address, the newest first: all, or those that move one token to it or from it. */
export async function addressSearch(service: HathorService, args: Arguments): Promise<PyJson> {
  // The node looks at one after the other.
  const { address } = args.required("address");
  const { count: countText } = args.required("count");
  assertAddress(service, address, "Invalid 'address' parameter");
  const repr = pythonBytesRepr(new TextEncoder().encode(countText));
  const count = countOf("count", countText, MOST_LISTED, repr);
  const uid = tokenOf(args);
  const place = await placeOf(service, args);
  const { found, total } = uid === undefined
    ? await listed(service, address, count + 1, place)
    : await listedOfToken(service, { address, uid }, count + 1, place);
  return {
    success: true,
    ...await page(service, found, count, place),
    total,
    has_shielded: false,
  };
}

function tokenOf(args: Arguments): string | undefined {
  const text = args.find("token");
  return text === undefined || text === "" ? undefined : hexArgument("token", text).toHex();
}

/** Where the list goes on. Whether the vertex is one of the address is not known yet. */
async function placeOf(service: HathorService, args: Arguments): Promise<ListPlace> {
  const hash = args.find("hash");
  if (hash === undefined) return {};
  const { page } = args.required("page");
  if (page !== "previous" && page !== "next") {
    throw new BadRequest("Invalid value for 'page' parameter");
  }
  const view = await service.vertex(hash);
  if (view === undefined) throw new BadRequest(`Invalid hash ${hash}`);
  const at = { hash, timestamp: view.vertex.timestamp };
  return page === "next" ? { after: at } : { before: at };
}

interface Listed {
  readonly found: readonly TimedHash[];
  /** How many the whole list has. */
  readonly total: number;
}

async function listed(
  service: HathorService,
  address: string,
  count: number,
  place: ListPlace,
): Promise<Listed> {
  const at = place.after ?? place.before;
  if (at !== undefined) {
    const [first] = await service.addressHistory(address, 1, at);
    if (first?.hash !== at.hash) throw new BadRequest(`Invalid hash ${at.hash}`);
  }
  const found = await service.newestOf(address, count, place);
  return { found, total: await service.addressLength(address) };
}

/** How many there are of a token is known once all of the address's are looked at. */
async function listedOfToken(
  service: HathorService,
  wanted: { readonly address: string; readonly uid: string },
  count: number,
  { after, before }: ListPlace,
): Promise<Listed> {
  const turns = Pace.ofSteps();
  const all: TimedHash[] = [];
  let lookedAt = 0;
  let found: TimedHash[];
  let rest: ListPlace = {};
  do {
    found = await service.newestOf(wanted.address, PAGE, rest);
    lookedAt += found.length;
    if (lookedAt > MOST_LOOKED_AT) throw new BadRequest("The address has too many transactions");
    for (const each of found) {
      if (await isMoved(service, each, wanted)) all.push(each);
      if (turns.isDue) await turns.give();
    }
    rest = { after: found.at(-1) };
  } while (found.length === PAGE);
  const total = all.length;
  const at = after ?? before;
  if (at === undefined) return { found: all.slice(0, count), total };
  const index = all.findIndex(({ hash }) => hash === at.hash);
  if (index < 0) throw new BadRequest(`Invalid hash ${at.hash}`);
  const shown = after === undefined
    ? all.slice(Math.max(0, index - count), index)
    : all.slice(index + 1, index + 1 + count);
  return { found: shown, total };
}

/** Whether a vertex spends, or makes, an output of the address and the token. */
async function isMoved(
  service: HathorService,
  { hash }: TimedHash,
  { address, uid }: { readonly address: string; readonly uid: string },
): Promise<boolean> {
  const view = await service.vertex(hash);
  if (view === undefined) return false;
  const isOne = (vertex: Vertex, output: TxOutput | undefined): boolean => {
    if (output === undefined || tokenUidAt(vertex, tokenIndexOf(output)) !== uid) return false;
    const parsed = parseAddressScript(output.script);
    return parsed !== undefined && addressTextOf(service.network, parsed) === address;
  };
  const { vertex } = view;
  if (vertex.outputs.some((output) => isOne(vertex, output))) return true;
  const spent = await service.spentBy(vertex);
  return inputsOf(vertex).some(({ txId, index }) => {
    const other = spent.get(txId);
    return other !== undefined && isOne(other, other.outputs[index]);
  });
}
