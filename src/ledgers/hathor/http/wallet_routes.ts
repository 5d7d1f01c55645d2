import { type PyJson, pyObject } from "../../../crypto/python_json.ts";
import { AddressError, decodeAddress } from "../address.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import type { HathorService } from "../service.ts";
import type { TimedHash } from "../state/queries.ts";
import { HTR_UID, inputsOf, tokensOf, type Vertex } from "../vertex/vertex.ts";
import { addressHistory, assertAddress, historyArguments, historyBody } from "./address_history.ts";
import type { Route } from "./app.ts";
import { type Arguments, BadRequest, countOf, hashOf, wholeNumberOf } from "./arguments.ts";
import { tokenNames } from "./details.ts";
import { json } from "./responses.ts";
import { listPlace, page } from "./transaction_routes.ts";

/** Vertices that one answer lists of an address or a token. */
const MOST_LISTED = 15;
const MOST_TOKENS = 200;
/** Authorities that are shown of a token. */
const MOST_AUTHORITIES = 20;
/** Vertices of an address read at once. */
const PAGE = 500;

/** What wallets and explorers ask of addresses and tokens. */
export function walletRoutes(service: HathorService): Route[] {
  return [
    {
      path: "/thin_wallet/address_history",
      GET: ({ args }) => addressHistory(service, historyArguments(args)),
      POST: async ({ body }) => await addressHistory(service, historyBody(await body())),
      postScope: "read",
    },
    { path: "/thin_wallet/address_balance", GET: ({ args }) => balance(service, args) },
    { path: "/thin_wallet/address_search", GET: ({ args }) => search(service, args) },
    {
      path: "/thin_wallet/token",
      GET: ({ args }) => {
        const id = args.find("id");
        return id === undefined ? tokenList(service) : token(service, id);
      },
    },
    {
      path: "/thin_wallet/token_history",
      async GET({ args }) {
        const { id, count: text } = args.required("id", "count");
        const count = countOf("count", text, MOST_LISTED);
        const found = await service.tokenHistory(tokenUid(id), count + 1, listPlace(args));
        return {
          success: true,
          ...await page(service, found.map(({ hash }) => hash), count, args),
        };
      },
    },
    { path: "/utxo_search", GET: ({ args }) => utxos(service, args) },
    {
      path: "/validate_address/:address",
      GET: ({ part }) => validated(service, part("address")),
    },
  ];
}

function addressOf(service: HathorService, args: Arguments): string {
  const { address } = args.required("address");
  assertAddress(service, address, "Invalid 'address' parameter");
  return address;
}

function tokenUid(text: string): string {
  return text === HTR_UID ? text : hashOf(text);
}

async function balance(service: HathorService, args: Arguments): Promise<PyJson> {
  const address = addressOf(service, args);
  const tokens: [string, PyJson][] = [];
  for (const { token, received, spent } of await service.balances(address)) {
    const { name, symbol } = await tokenNames(service, token);
    tokens.push([token, { received, spent, name, symbol }]);
  }
  return {
    success: true,
    total_transactions: await service.addressLength(address),
    tokens_data: pyObject(tokens),
    has_shielded: false,
  };
}

async function search(service: HathorService, args: Arguments): Promise<PyJson> {
  const address = addressOf(service, args);
  const count = countOf("count", args.required("count").count, MOST_LISTED);
  const uid = args.find("token");
  const newestFirst = (await wholeHistory(service, address)).reverse()
    .map(({ hash }) => hash);
  const wanted = uid === undefined
    ? newestFirst
    : await ofToken(service, newestFirst, tokenUid(uid));
  const hash = args.find("hash");
  const found = hash === undefined
    ? wanted.slice(0, count + 1)
    : beside(wanted, hashOf(hash), args.required("page").page, count + 1);
  return {
    success: true,
    ...await page(service, found, count, args),
    total: wanted.length,
    has_shielded: false,
  };
}

/** Up to `count` hashes after or before one of them. */
function beside(
  hashes: readonly string[],
  hash: string,
  page: string,
  count: number,
): readonly string[] {
  const at = hashes.indexOf(hash);
  if (at < 0) throw new BadRequest(`Hash ${hash} is not a transaction hash.`);
  if (page === "next") return hashes.slice(at + 1, at + 1 + count);
  if (page === "previous") return hashes.slice(Math.max(0, at - count), at);
  throw new BadRequest("Invalid 'page' parameter, expected 'previous' or 'next'");
}

/** Rows are read in their order alone, so the newest are known once all are. */
async function wholeHistory(service: HathorService, address: string): Promise<TimedHash[]> {
  const all = await service.addressHistory(address, PAGE);
  for (let read = all.length; read === PAGE;) {
    const found = await service.addressHistory(address, PAGE, all.at(-1));
    for (const each of found.slice(1)) all.push(each);
    read = found.length;
  }
  return all;
}

async function ofToken(
  service: HathorService,
  hashes: readonly string[],
  uid: string,
): Promise<string[]> {
  const found: string[] = [];
  for (const hash of hashes) {
    const view = await service.vertex(hash);
    if (view !== undefined && await hasToken(service, view.vertex, uid)) found.push(hash);
  }
  return found;
}

async function hasToken(service: HathorService, vertex: Vertex, uid: string): Promise<boolean> {
  if (uid === HTR_UID || tokensOf(vertex).includes(uid)) return true;
  if (inputsOf(vertex).length === 0) return false;
  const spent = await service.spentBy(vertex);
  return [...spent.values()].some((other) => tokensOf(other).includes(uid));
}

async function token(service: HathorService, text: string): Promise<PyJson> {
  const known = /^[\da-f]{64}$/i.test(text) || text === HTR_UID
    ? await service.token(text.toLowerCase())
    : undefined;
  if (known === undefined) throw new BadRequest("Unknown token");
  const { uid, name, symbol, version, total, transactions } = known;
  const places = async (kind: "mint" | "melt"): Promise<PyJson[]> =>
    (await service.authorities(kind, uid, MOST_AUTHORITIES))
      .map(({ hash, index }) => ({ tx_id: hash, index }));
  const mint = await places("mint");
  const melt = await places("melt");
  return {
    name,
    symbol,
    version,
    success: true,
    mint,
    melt,
    can_mint: mint.length > 0,
    can_melt: melt.length > 0,
    total,
    transactions_count: transactions,
  };
}

async function tokenList(service: HathorService): Promise<PyJson> {
  const known = (await service.tokens(MOST_TOKENS + 2)).filter(({ uid }) => uid !== HTR_UID);
  const tokens = known.slice(0, MOST_TOKENS)
    .map(({ uid, name, symbol, version }) => ({ uid, name, symbol, version }));
  return { success: true, tokens, truncated: known.length > MOST_TOKENS };
}

async function utxos(service: HathorService, args: Arguments): Promise<PyJson> {
  const { token_uid: uid, address, target_amount: target } = args.required(
    "token_uid",
    "address",
    "target_amount",
  );
  const number = (name: string, text: string): number => {
    const value = wholeNumberOf(text);
    if (value === undefined || value < 0) throw new BadRequest(`Failed to parse '${name}'`);
    return value;
  };
  const optional = (name: string): number | undefined => {
    const text = args.find(name);
    return text === undefined ? undefined : number(name, text);
  };
  assertAddress(service, address, "Failed to parse 'address'");
  const amount = BigInt(number("target_amount", target));
  const timestamp = optional("target_timestamp");
  const height = optional("target_height");
  const found = await service.searchUtxos({ address, token: tokenUid(uid), amount }, {
    ...timestamp === undefined ? {} : { timestamp },
    ...height === undefined ? {} : { height },
  });
  return {
    success: true,
    utxos: found.map((utxo) => ({
      txid: utxo.hash,
      index: utxo.index,
      amount: utxo.amount,
      timelock: utxo.timelock ?? null,
      heightlock: utxo.heightlock ?? null,
    })),
  };
}

function validated({ network }: HathorService, address: string): PyJson | Response {
  const invalid = (msg: string) => json({ valid: false, error: "invalid_address", msg });
  try {
    const script = scriptOfAddress(network, decodeAddress(address));
    if (script === undefined) return invalid("The address is not valid");
    const type = decodeAddress(address)[0] === network.p2pkhVersionByte ? "p2pkh" : "multisig";
    return { valid: true, script: script.toBase64(), address, type };
  } catch (error) {
    if (error instanceof AddressError) return invalid(error.message);
    throw error;
  }
}
