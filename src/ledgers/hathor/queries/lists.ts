import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { RowValue } from "../../../log/projection.ts";
import type { ListedRow, RowListing } from "../../../log/row_reader.ts";
import type { HathorNode } from "../intake/node.ts";
import { hasMoved } from "../rows/address_rows.ts";
import { blocksDownFrom } from "../rows/heights.ts";
import {
  type AddressRow,
  addressRow,
  type AuthorityKind,
  type BalanceRow,
  historyRow,
  listedRow,
  type ListPrefix,
  NODE_STATE,
  type NodeStateRow,
  type TokenRow,
  tokenRow,
} from "../rows/rows.ts";
import { HTR_UID } from "../vertex/vertex.ts";
import { viewVertex } from "./views.ts";

/** A vertex in a list ordered by timestamp. */
export interface TimedHash {
  readonly timestamp: number;
  readonly hash: string;
}

/** A vertex in the history of an address, with its number. */
export interface HistoryEntry extends TimedHash {
  readonly number: number;
}

/** Where a page of such a list begins: after a vertex of it, or ends: before one. */
export interface ListPlace {
  readonly after?: TimedHash | undefined;
  readonly before?: TimedHash | undefined;
}

/** What an address has received and spent of a token; voided transactions do not count. */
export interface Balance {
  readonly token: string;
  readonly received: bigint;
  readonly spent: bigint;
}

/** A token with all that is told of it. */
export interface TokenDetail {
  readonly uid: string;
  readonly name: string;
  readonly symbol: string;
  readonly version: number;
  readonly total: bigint;
  readonly transactions: number;
  /** Whether any contract may mint it, or melt it. */
  readonly contracts: { readonly mayMint: boolean; readonly mayMelt: boolean };
}

/** Where an authority can be spent. */
export interface AuthorityPlace {
  readonly hash: string;
  readonly index: number;
}

/** Rows of the first read of {@linkcode eachRow}, and of the largest. */
const FIRST_PAGE = 8;
const PAGE = 256;

/**
 * Blocks that count, the newest first, as {@linkcode newestTransactions} lists transactions: the
 * best chain is a list of them by its heights.
 */
export async function newestBlocks(
  node: HathorNode,
  count: number,
  { after, before }: ListPlace = {},
): Promise<TimedHash[]> {
  const state = await node.chain.row<NodeStateRow>(NODE_STATE);
  if (state === undefined || count <= 0) return [];
  const { height } = state.best;
  if (before === undefined) {
    const highest = after === undefined ? height : await heightBefore(node, height, after);
    return await timedBlocks(node, highest, count);
  }
  const below = await heightBefore(node, height, before);
  const [next] = await timedBlocks(node, below + 1, 1);
  const lowest = next?.hash === before.hash ? below + 2 : below + 1;
  const highest = Math.min(height, lowest + count - 1);
  return await timedBlocks(node, highest, highest - lowest + 1);
}

/** The height of the last block of the best chain before a place; -1 where there is none. */
async function heightBefore(node: HathorNode, best: number, place: TimedHash): Promise<number> {
  const view = await viewVertex(node, place.hash);
  const [known] = view === undefined ? [] : await timedBlocks(node, view.height, 1);
  const isThere = known?.hash === place.hash && known.timestamp === place.timestamp;
  if (isThere && view !== undefined) return view.height - 1;
  return await lastHeight(best, async (height) => {
    const [block] = await timedBlocks(node, height, 1);
    return block !== undefined && isBefore(block, place);
  });
}

/**
 * The greatest height, up to that of the best block, for which holds what holds for all below it; -1
 * where it holds for none.
 */
export async function lastHeight(
  best: number,
  holds: (height: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [-1, best];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isBefore(a: TimedHash, b: TimedHash): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.hash < b.hash);
}

/** Blocks of the best chain from a height down. */
async function timedBlocks(node: HathorNode, highest: number, most: number): Promise<TimedHash[]> {
  const blocks = await blocksDownFrom(node.chain, highest, most);
  const timed = blocks.map(async ([, hash]) => {
    const timestamp = (await viewVertex(node, hash))?.vertex.timestamp;
    return timestamp === undefined ? [] : [{ hash, timestamp }];
  });
  return (await Promise.all(timed)).flat();
}

/**
 * A page of a list of transactions, the newest first, and those of one second by their hashes from
 * the highest down: the `count` that follow `after`, or the `count` right before `before`.
 */
export async function newestTransactions(
  chain: Chain,
  list: ListPrefix,
  count: number,
  { after, before }: ListPlace = {},
): Promise<TimedHash[]> {
  const isOlder = before === undefined;
  const place = before ?? after;
  const found: TimedHash[] = [];
  // Rows have the newest second first, and within a second the lowest hash.
  const ofSecond = async (second: number, at?: RowKey) => {
    const bounds = isOlder ? { before: at, reverse: true } : { after: at };
    const rows = await chain.rows([...list, -second], count - found.length, bounds);
    found.push(...rows.map(({ key }) => listedAt(key)));
  };
  if (place !== undefined && count > 0) {
    await ofSecond(place.timestamp, listedRow(list, place.timestamp, place.hash));
  }
  for (let second = place?.timestamp; found.length < count;) {
    const bounds = second === undefined
      ? {}
      : isOlder
      ? { from: [...list, -second + 1] }
      : { before: [...list, -second] };
    // One more than is wanted says whether the last second is all there.
    const wanted = count - found.length + 1;
    const rows = await chain.rows(list, wanted, { ...bounds, reverse: !isOlder });
    const seconds = Map.groupBy(rows.map(({ key }) => listedAt(key)), ({ timestamp }) => timestamp);
    const isAll = rows.length < wanted;
    const last = [...seconds.keys()].at(-1);
    for (const [timestamp, same] of seconds) {
      if (found.length >= count) break;
      if (isAll || timestamp !== last) found.push(...same.reverse());
      else await ofSecond(timestamp);
      second = timestamp;
    }
    if (isAll) break;
  }
  const shown = found.slice(0, Math.max(0, count));
  return isOlder ? shown : shown.reverse();
}

function listedAt(key: RowKey): TimedHash {
  return { timestamp: -Number(key.at(-2)), hash: String(key.at(-1)) };
}

/** Vertices of an address in order of time, voided ones among them, from `from` on. */
export async function historyOf(
  chain: Chain,
  address: string,
  limit: number,
  from?: TimedHash,
): Promise<HistoryEntry[]> {
  const place = { from: historyPlace(address, from) };
  return (await chain.rows<number>(["history", address], limit, place)).map(historyEntry);
}

function historyEntry({ key, value }: ListedRow<number>): HistoryEntry {
  return { timestamp: Number(key[2]), hash: String(key[3]), number: value };
}

/** Vertices of an address, the newest first, as {@linkcode newestTransactions} lists transactions. */
export async function newestOfAddress(
  chain: Chain,
  address: string,
  count: number,
  { after, before }: ListPlace = {},
): Promise<HistoryEntry[]> {
  if (count <= 0) return [];
  const reverse = before === undefined;
  const bounds = reverse
    ? { before: historyPlace(address, after) }
    : { after: historyPlace(address, before) };
  const rows = await chain.rows<number>(["history", address], count, { ...bounds, reverse });
  const found = rows.map(historyEntry);
  return reverse ? found : found.reverse();
}

function historyPlace(address: string, at: TimedHash | undefined): RowKey | undefined {
  return at === undefined ? undefined : historyRow(address, at.timestamp, at.hash);
}

/** How many vertices an address's history has. */
export async function historyLength(chain: Chain, address: string): Promise<number> {
  return (await chain.row<AddressRow>(addressRow(address)))?.transactions ?? 0;
}

/** The balances of an address, HTR first. */
export async function balancesOf(chain: Chain, address: string): Promise<Balance[]> {
  const balances: Balance[] = [];
  const add = (token: string, { received, spent }: BalanceRow) => {
    balances.push({ token, received: BigInt(received), spent: BigInt(spent) });
  };
  const row = await chain.row<AddressRow>(addressRow(address));
  if (row !== undefined && hasMoved(row)) add(HTR_UID, row);
  for await (const { key, value } of eachRow<BalanceRow>(chain, ["balance", address])) {
    add(String(key[2]), value);
  }
  return balances;
}

/** All rows under a prefix, read as the caller takes them, in pages that double in size. */
export async function* eachRow<T extends RowValue>(
  chain: Chain,
  prefix: RowKey,
  listing: RowListing = {},
): AsyncGenerator<ListedRow<T>, void, void> {
  let bounds = listing;
  for (let size = FIRST_PAGE;; size = Math.min(2 * size, PAGE)) {
    const rows = await chain.rows<T>(prefix, size, bounds);
    yield* rows;
    const last = rows.at(-1)?.key;
    if (last === undefined || rows.length < size) return;
    bounds = listing.reverse === true
      ? { ...listing, before: last }
      : { ...listing, from: undefined, after: last };
  }
}

/** A token that has been created. */
export async function findToken(chain: Chain, uid: string): Promise<TokenDetail | undefined> {
  const row = await chain.row<TokenRow>(tokenRow(uid));
  return row === undefined ? undefined : tokenDetail(uid, row);
}

/** Tokens in order of their uids, HTR first; from the one after `after` on. */
export async function listTokens(
  chain: Chain,
  limit: number,
  after?: string,
): Promise<TokenDetail[]> {
  const rows = await chain.rows<TokenRow>(["token"], limit, {
    after: after === undefined ? undefined : tokenRow(after),
  });
  return rows.map(({ key, value }) => tokenDetail(String(key[1]), value));
}

function tokenDetail(uid: string, row: TokenRow): TokenDetail {
  const { name, symbol, version, total, transactions, minters = 0, melters = 0 } = row;
  const contracts = { mayMint: minters > 0, mayMelt: melters > 0 };
  return { uid, name, symbol, version, total: BigInt(total), transactions, contracts };
}

/** Unspent authorities of a token, up to `limit`. */
export async function authoritiesOf(
  chain: Chain,
  kind: AuthorityKind,
  uid: string,
  limit: number,
): Promise<AuthorityPlace[]> {
  const rows = await chain.rows([kind, uid], limit);
  return rows.map(({ key }) => ({ hash: String(key[2]), index: Number(key[3]) }));
}
