import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import { HTR_UID } from "../vertex/vertex.ts";
import {
  addressRow,
  amountOfKey,
  type Authority,
  type BalanceRow,
  heightRow,
  historyRow,
  listedRow,
  type ListPrefix,
  STATE,
  type StateRow,
  type TokenRow,
  tokenRow,
  type UtxoRow,
} from "./rows.ts";

/** A place in a list that is in order of time. */
export interface TimedHash {
  readonly timestamp: number;
  readonly hash: string;
}

/** Where in such a list one goes on: after a vertex of it, or before. */
export interface ListPlace {
  readonly after?: TimedHash;
  readonly before?: TimedHash;
}

/** What an address has had of a token, in what counts. */
export interface Balance {
  readonly token: string;
  readonly received: bigint;
  readonly spent: bigint;
}

/** An output that can be spent. */
export interface Utxo {
  readonly hash: string;
  readonly index: number;
  readonly amount: bigint;
  readonly timelock: number | undefined;
  readonly heightlock: number | undefined;
}

/** A token with all that is told of it. */
export interface TokenDetail {
  readonly uid: string;
  readonly name: string;
  readonly symbol: string;
  readonly version: number;
  readonly total: bigint;
  readonly transactions: number;
}

/** Where an authority can be spent. */
export interface AuthorityPlace {
  readonly hash: string;
  readonly index: number;
}

/** Rows read at once. */
const PAGE = 500;

/** Hashes of the best chain's blocks down from a height, with theirs. */
export async function blocksDownFrom(
  chain: Chain,
  height: number,
  count: number,
): Promise<[height: number, hash: string][]> {
  const lowest = Math.max(0, height - count + 1);
  const most = Math.min(count, height - lowest + 1);
  if (most <= 0) return [];
  const rows = await chain.rows<string>(["height"], most, heightRow(lowest));
  return rows.map(({ key, value }): [number, string] => [Number(key[1]), value]).reverse();
}

/** A block, as {@linkcode newestBlocks} needs it. */
interface ListedBlock {
  readonly vertex: { readonly timestamp: number };
  readonly height: number;
}

/**
 * Blocks that count, the newest first, as {@linkcode newest} does: the best chain is a list of them
 * by its heights.
 */
export async function newestBlocks(
  chain: Chain,
  count: number,
  { after, before }: ListPlace,
  blockOf: (hash: string) => Promise<ListedBlock | undefined>,
): Promise<TimedHash[]> {
  const state = await chain.row<StateRow>(STATE);
  const place = before ?? after;
  const at = place === undefined ? undefined : (await blockOf(place.hash))?.height;
  if (state === undefined || (place !== undefined && at === undefined)) return [];
  const { height } = state.best;
  const highest = before === undefined
    ? (at ?? height + 1) - 1
    : Math.min(height, (at ?? 0) + count);
  const most = before === undefined ? count : highest - (at ?? 0);
  const blocks = await blocksDownFrom(chain, highest, most);
  const timed = blocks.map(async ([, hash]) => {
    const timestamp = (await blockOf(hash))?.vertex.timestamp;
    return timestamp === undefined ? [] : [{ hash, timestamp }];
  });
  return (await Promise.all(timed)).flat();
}

/**
 * Transactions of a list, the newest first: up to `count`, from after `after` on. With `before`, those
 * that come right before that.
 */
export async function newest(
  chain: Chain,
  list: ListPrefix,
  count: number,
  place: ListPlace = {},
): Promise<TimedHash[]> {
  const { after, before } = place;
  if (before !== undefined) return await justBefore(chain, list, count, before);
  const from = after === undefined ? undefined : listedRow(list, after.timestamp, after.hash);
  const rows = await chain.rows(list, count + 1, from);
  return rows.map(({ key }) => listedAt(key)).filter(({ hash }) => hash !== after?.hash)
    .slice(0, count);
}

/** Rows are read in their order alone, so this begins at the newest: few look far back. */
async function justBefore(
  chain: Chain,
  list: ListPrefix,
  count: number,
  { timestamp, hash }: TimedHash,
): Promise<TimedHash[]> {
  let found: TimedHash[] = [];
  let from: RowKey | undefined;
  for (;;) {
    const rows = await chain.rows(list, PAGE, from);
    for (const { key } of rows) {
      const at = listedAt(key);
      const isThere = at.timestamp < timestamp ||
        (at.timestamp === timestamp && at.hash >= hash);
      if (isThere) return found.slice(-count);
      found.push(at);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return found.slice(-count);
    from = last.key;
    found = found.slice(-count - 1, -1);
  }
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
): Promise<TimedHash[]> {
  const start = from === undefined ? undefined : historyRow(address, from.timestamp, from.hash);
  const rows = await chain.rows(["history", address], limit, start);
  return rows.map(({ key }) => ({ timestamp: Number(key[2]), hash: String(key[3]) }));
}

/** How many vertices an address's history has. */
export async function historyLength(chain: Chain, address: string): Promise<number> {
  return await chain.row<number>(addressRow(address)) ?? 0;
}

/** What an address has had of each token, HTR first. */
export async function balancesOf(chain: Chain, address: string): Promise<Balance[]> {
  const balances: Balance[] = [];
  let from: RowKey | undefined;
  for (;;) {
    const rows = await chain.rows<BalanceRow>(["balance", address], PAGE, from);
    const isNext = from !== undefined;
    for (const { key, value } of isNext ? rows.slice(1) : rows) {
      const token = String(key[2]);
      const balance = { token, received: BigInt(value.received), spent: BigInt(value.spent) };
      if (token === HTR_UID) balances.unshift(balance);
      else balances.push(balance);
    }
    if (rows.length < PAGE) return balances;
    from = rows.at(-1)?.key;
  }
}

/** What is asked of outputs to spend. */
export interface UtxoSearch {
  readonly address: string;
  readonly token: string;
  readonly amount: bigint;
  /** Seconds since the epoch, and a height: outputs that are locked then are left out. */
  readonly timestamp: number;
  readonly height: number;
  /** The most outputs that are of use. */
  readonly most: number;
}

/**
 * Outputs that together are worth an amount: the smallest that is enough by itself, if there is
 * one, and then the largest of the others.
 */
export async function searchUtxos(chain: Chain, search: UtxoSearch): Promise<Utxo[]> {
  const { address, token, amount, timestamp, height, most } = search;
  const prefix: RowKey = ["utxo", address, token];
  let enough: Utxo | undefined;
  const smaller: Utxo[] = [];
  let sum = 0n;
  let from: RowKey | undefined;
  for (;;) {
    const rows = await chain.rows<UtxoRow>(prefix, PAGE, from);
    for (const { key, value } of from === undefined ? rows : rows.slice(1)) {
      const utxo = utxoOf(key, value);
      const isLocked = (utxo.timelock ?? -1) >= timestamp || (utxo.heightlock ?? -1) > height;
      if (isLocked) continue;
      if (utxo.amount >= amount) {
        enough = utxo;
        continue;
      }
      if (sum >= amount || smaller.length >= most) break;
      sum += utxo.amount;
      smaller.push(utxo);
    }
    const last = rows.at(-1);
    const isDone = last === undefined || rows.length < PAGE || sum >= amount ||
      smaller.length >= most;
    if (isDone) return enough === undefined ? smaller : [enough, ...smaller];
    from = last.key;
  }
}

function utxoOf(key: RowKey, { timelock, heightlock }: UtxoRow): Utxo {
  return {
    hash: String(key[4]),
    index: Number(key[5]),
    amount: amountOfKey(String(key[3])),
    timelock: timelock ?? undefined,
    heightlock: heightlock ?? undefined,
  };
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
  const from = after === undefined ? undefined : tokenRow(after);
  const rows = await chain.rows<TokenRow>(["token"], limit + 1, from);
  return rows.map(({ key, value }) => tokenDetail(String(key[1]), value))
    .filter(({ uid }) => uid !== after).slice(0, limit);
}

function tokenDetail(uid: string, { name, symbol, version, total, transactions }: TokenRow) {
  return { uid, name, symbol, version, total: BigInt(total), transactions };
}

/** Unspent authorities of a token, up to `limit`. */
export async function authoritiesOf(
  chain: Chain,
  kind: Authority,
  uid: string,
  limit: number,
): Promise<AuthorityPlace[]> {
  const rows = await chain.rows([kind, uid], limit);
  return rows.map(({ key }) => ({ hash: String(key[2]), index: Number(key[3]) }));
}
