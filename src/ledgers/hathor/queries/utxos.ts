import type { Chain } from "../../../log/chain.ts";
import type { HathorNode } from "../intake/node.ts";
import { type Utxo, utxoBound, UtxoLock, utxoOfKey, utxoPrefix } from "../rows/utxo_rows.ts";
import { eachRow } from "./lists.ts";
import { bestBlock } from "./views.ts";

/** What is asked of outputs to spend. */
export interface UtxoRequest {
  readonly address: string;
  readonly token: string;
  readonly amount: bigint;
  /** Seconds since the epoch, and a height: outputs that are locked then are left out. */
  readonly timestamp?: number | undefined;
  readonly height?: number | undefined;
}

/** More than any amount, and than any lock. */
const BEYOND_AMOUNTS = 10n ** 19n - 1n;
const BEYOND_LOCKS = 0xffff_ffff;

/** How many outputs that are enough by themselves are looked at. */
const MOST_ENOUGH = 10_000;

/**
 * Outputs of an address that together are worth an amount, without those that are locked: one that
 * is enough by itself, if there is one, and then others. Of those without a lock the largest come
 * first, of those with one those whose lock is the highest, as hathor-core 0.72.0 has it
 * (hathor/indexes/utxo_index.py). Locks are held against the best block where nothing else is asked.
 */
export async function searchUtxos(node: HathorNode, request: UtxoRequest): Promise<Utxo[]> {
  const { chain, network: { maxInputs: most } } = node;
  const best = await bestBlock(node);
  const { timestamp = best.vertex.timestamp, height = best.height, amount } = request;
  const found: Utxo[] = [];
  let enough: Utxo | undefined;
  let sum = 0n;
  let looked = 0;
  const lists = [
    unlocked(chain, request, UtxoLock.none, 0),
    unlocked(chain, request, UtxoLock.time, timestamp),
    unlocked(chain, request, UtxoLock.height, height),
  ];
  for await (const utxo of largestFirst(lists)) {
    if (found.length === 0 && utxo.amount >= amount) {
      enough = utxo;
      if (++looked === MOST_ENOUGH) break;
      continue;
    }
    found.push(utxo);
    sum += utxo.amount;
    if (sum >= amount || found.length >= most) break;
  }
  return enough === undefined ? found : [enough, ...found];
}

/**
 * Outputs that one kind of lock does not hold back any more: first the one that comes next in the
 * order of keys from where an output of the amount would be, then all before it.
 */
async function* unlocked(
  chain: Chain,
  { address, token, amount }: UtxoRequest,
  lock: UtxoLock,
  until: number,
): AsyncGenerator<Utxo, void, void> {
  const prefix = utxoPrefix(address, token, lock);
  const bounded = amount < BEYOND_AMOUNTS ? amount : BEYOND_AMOUNTS;
  const at = utxoBound(prefix, bounded, Math.min(until, BEYOND_LOCKS));
  const isFree = ({ timelock, heightlock }: Utxo) => (timelock ?? heightlock ?? 0) <= until;
  for (const { key } of await chain.rows(prefix, 1, { from: at })) {
    const utxo = utxoOfKey(key);
    if (isFree(utxo)) yield utxo;
  }
  for await (const { key } of eachRow(chain, prefix, { before: at, reverse: true })) {
    const utxo = utxoOfKey(key);
    if (isFree(utxo)) yield utxo;
  }
}

/** Merges lists by always taking the largest of those that come next. */
async function* largestFirst(
  lists: readonly AsyncGenerator<Utxo, void, void>[],
): AsyncGenerator<Utxo, void, void> {
  const heads = await Promise.all(lists.map((list) => list.next()));
  for (;;) {
    let largest: { readonly at: number; readonly utxo: Utxo } | undefined;
    for (const [at, { value: utxo }] of heads.entries()) {
      if (utxo === undefined) continue;
      if (largest === undefined || compare(utxo, largest.utxo) > 0) largest = { at, utxo };
    }
    if (largest === undefined) return;
    yield largest.utxo;
    const list = lists[largest.at];
    if (list !== undefined) heads[largest.at] = await list.next();
  }
}

function compare(a: Utxo, b: Utxo): number {
  if (a.amount !== b.amount) return a.amount < b.amount ? -1 : 1;
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  return a.index - b.index;
}
