import { z } from "zod";
import { Pace } from "../../../kernel/turn.ts";
import { pyBytesRepr } from "../../../python/bytes.ts";
import type { PyJson } from "../../../python/json.ts";
import { type ListPlace, newestOfAddress, type TimedHash } from "../queries/lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { addressTextOf, parseAddressScript } from "../script/patterns.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { inputsOf, tokenUidAt, type TxOutput, type Vertex } from "../vertex/vertex.ts";
import { assertAddress } from "./address_history.ts";
import { BadRequest, countOf, hexadecimal, type RequestArguments } from "./arguments.ts";
import { histories } from "./details.ts";

/** Vertices that one answer lists. */
const MOST_LISTED = 15;
/** Vertices read at once where all of an address are looked through. */
const PAGE = 100;
/** Vertices of an address that are looked through for a token; the node looks through any number. */
const MOST_LOOKED_AT = 50_000;

/** What is there before the address is looked at. */
const NAMED = z.object({ address: z.string(), count: z.string() });

const WANTED = z.object({
  count: countOf(MOST_LISTED, (text) => pyBytesRepr(new TextEncoder().encode(text))),
  token: z.string().transform((text) => text || undefined).pipe(hexadecimal.optional()).optional()
    .describe("Only those that move it"),
});

/** Where the list goes on, if it does. */
const PLACE = z.object({
  hash: z.string(),
  page: z.enum(["next", "previous"], "Invalid value for 'page' parameter"),
});

/** All that is asked. */
export const SEARCH = NAMED.extend(WANTED.shape).extend(PLACE.partial().shape);

/** Vertices of an address, the newest first: all, or those that move one token to it or from it. */
export async function addressSearch(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  // The node tells of the first argument that is missing, not of all.
  const { address } = args.read(NAMED, "first");
  assertAddress(queries, address, "Invalid 'address' parameter");
  const { count, token } = args.read(WANTED);
  const uid = token?.toHex();
  const place = await placeOf(queries, args);
  const { found, total } = uid === undefined
    ? await listed(queries, address, count + 1, place)
    : await listedOfToken(queries, { address, uid }, count + 1, place);
  const hasMore = found.length > count;
  const shown = place.before !== undefined && hasMore ? found.slice(1) : found.slice(0, count);
  return {
    success: true,
    transactions: await histories(queries, shown.map(({ hash }) => hash)),
    has_more: hasMore,
    total,
    has_shielded: false,
  };
}

/** Where the list goes on. Whether the vertex is one of the address is not known yet. */
async function placeOf(queries: NodeQueries, args: RequestArguments): Promise<ListPlace> {
  if (args.find("hash") === undefined) return {};
  const { hash, page } = args.read(PLACE);
  const view = await queries.vertex(hash);
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
  queries: NodeQueries,
  address: string,
  count: number,
  place: ListPlace,
): Promise<Listed> {
  const at = place.after ?? place.before;
  if (at !== undefined) {
    const [first] = await queries.addressHistory(address, 1, at);
    if (first?.hash !== at.hash) throw new BadRequest(`Invalid hash ${at.hash}`);
  }
  const found = await newestOfAddress(queries.chain, address, count, place);
  return { found, total: await queries.addressLength(address) };
}

/** Of one token: `total` is known only once the whole history of the address is looked through. */
async function listedOfToken(
  queries: NodeQueries,
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
    found = await newestOfAddress(queries.chain, wanted.address, PAGE, rest);
    lookedAt += found.length;
    if (lookedAt > MOST_LOOKED_AT) throw new BadRequest("The address has too many transactions");
    for (const each of found) {
      if (await isMoved(queries, each, wanted)) all.push(each);
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
  queries: NodeQueries,
  { hash }: TimedHash,
  { address, uid }: { readonly address: string; readonly uid: string },
): Promise<boolean> {
  const view = await queries.vertex(hash);
  if (view === undefined) return false;
  const isOne = (vertex: Vertex, output: TxOutput | undefined): boolean => {
    if (output === undefined || tokenUidAt(vertex, tokenIndexOf(output)) !== uid) return false;
    const parsed = parseAddressScript(output.script);
    return parsed !== undefined && addressTextOf(queries.network, parsed) === address;
  };
  const { vertex } = view;
  if (vertex.outputs.some((output) => isOne(vertex, output))) return true;
  const spent = await queries.spentBy(vertex);
  return inputsOf(vertex).some(({ txId, index }) => {
    const other = spent.get(txId);
    return other !== undefined && isOne(other, other.outputs[index]);
  });
}
