import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { RowListing } from "../../../log/row_reader.ts";
import type { HathorNode } from "../intake/node.ts";
import { amountOfKey, BEYOND_AMOUNTS, type UtxoRow, utxoRow } from "../rows/rows.ts";
import { eachRow } from "./lists.ts";
import { bestBlock } from "./views.ts";

/** An unspent output. */
export interface Utxo {
  readonly hash: string;
  readonly index: number;
  readonly amount: bigint;
  readonly timelock: number | undefined;
  readonly heightlock: number | undefined;
}

/** What is asked of outputs to spend. */
export interface UtxoRequest {
  readonly address: string;
  readonly token: string;
  readonly amount: bigint;
  /** Seconds since the epoch, and a height: outputs that are locked then are left out. */
  readonly timestamp?: number | undefined;
  readonly height?: number | undefined;
}

type UtxoSearch = Required<{ [K in keyof UtxoRequest]: NonNullable<UtxoRequest[K]> }>;

/**
 * Outputs of an address that together are worth an amount, without those that are locked: the
 * smallest that is enough by itself, if there is one, and then the largest of the others. Locks are
 * held against the best block where nothing else is asked.
 */
export async function searchUtxos(node: HathorNode, request: UtxoRequest): Promise<Utxo[]> {
  const { chain, network: { maxInputs: most } } = node;
  const best = await bestBlock(node);
  const { timestamp = best.vertex.timestamp, height = best.height, amount } = request;
  const search = { ...request, timestamp, height };
  const rest = amount > 1n ? amountBound(search, amount - 1n) : undefined;
  const enough = await smallestEnough(chain, search, rest);
  const found = enough === undefined ? [] : [enough];
  if (rest === undefined) return found;
  let sum = 0n;
  let count = 0;
  for await (const utxo of unlocked(chain, search, { from: rest })) {
    found.push(utxo);
    sum += utxo.amount;
    if (sum >= amount || ++count >= most) break;
  }
  return found;
}

/** Of the outputs of the smallest amount that is enough, the one that came first. */
async function smallestEnough(
  chain: Chain,
  search: UtxoSearch,
  before: RowKey | undefined,
): Promise<Utxo | undefined> {
  for await (const { amount } of unlocked(chain, search, { before, reverse: true })) {
    const from = amountBound(search, amount);
    for await (const utxo of unlocked(chain, search, { from, before })) return utxo;
  }
  return undefined;
}

/** The key right before the outputs of an amount, after those of larger ones. */
function amountBound({ address, token }: UtxoSearch, amount: bigint): RowKey {
  const possible = amount < BEYOND_AMOUNTS ? amount : BEYOND_AMOUNTS;
  return utxoRow({ address, token, amount: possible, number: 0, index: 0 });
}

async function* unlocked(
  chain: Chain,
  { address, token, timestamp, height }: UtxoSearch,
  listing: RowListing,
): AsyncGenerator<Utxo, void, void> {
  for await (const { key, value } of eachRow<UtxoRow>(chain, ["utxo", address, token], listing)) {
    const utxo = utxoOf(key, value);
    const isLocked = (utxo.timelock ?? -1) > timestamp || (utxo.heightlock ?? -1) > height;
    if (!isLocked) yield utxo;
  }
}

function utxoOf(key: RowKey, { hash, timelock, heightlock }: UtxoRow): Utxo {
  return {
    hash,
    index: Number(key[5]),
    amount: amountOfKey(String(key[3])),
    timelock: timelock ?? undefined,
    heightlock: heightlock ?? undefined,
  };
}
