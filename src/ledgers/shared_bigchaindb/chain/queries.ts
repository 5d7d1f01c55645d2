import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { RowValue } from "../../../log/rows.ts";
import type { Validator } from "../state.ts";
import type { Operation, Outpoint } from "../transaction.ts";
import { isHash } from "../values.ts";
import { modelText } from "./events.ts";
import {
  assetPrefix,
  type BlockEnds,
  ownedPrefix,
  RUN,
  runRow,
  STATE,
  type StateRow,
  type TransactionRow,
  transactionRow,
  VALIDATOR_SETS,
  type ValidatorSet,
} from "./rows.ts";

/** Rows read at once. */
const PAGE = 500;

/** The row of a transaction; undefined for any text that is not the id of one. */
export async function findTransaction(
  chain: Chain,
  id: string,
): Promise<TransactionRow | undefined> {
  return isHash(id) ? await chain.row<TransactionRow>(transactionRow(id)) : undefined;
}

/** What GET shows of a transaction. */
export async function transactionText(chain: Chain, id: string): Promise<string | undefined> {
  const row = await findTransaction(chain, id);
  return row === undefined ? undefined : (await textsAt(chain, [row.at]))[0];
}

/** What GET shows of the transactions at some offsets, which are in ascending order. */
export async function textsAt(chain: Chain, offsets: readonly number[]): Promise<string[]> {
  return (await chain.readEach(offsets)).map(({ data }) => modelText(String(data)));
}

/** The offsets of an asset's transactions; of all operations where `operation` is left out. */
export async function assetOffsets(
  chain: Chain,
  assetId: string,
  operation: Operation | undefined,
): Promise<number[]> {
  const row = await findTransaction(chain, assetId);
  if (row === undefined) return [];
  const offsets = new Map<number, Operation>();
  // A transaction is found by its own id; all that follow, by that of the one that made the asset.
  offsets.set(row.at, row.op);
  for await (const { key, value } of allRows<Operation>(chain, assetPrefix(row.at))) {
    offsets.set(Number(key.at(-1)), value);
  }
  const wanted = [...offsets].filter(([at, op]) =>
    operation === undefined || (op === operation && (op === "CREATE" || at !== row.at))
  );
  return wanted.map(([at]) => at);
}

/** The outputs of a key, in the order of commits. */
export async function outputsOfKey(
  chain: Chain,
  publicKey: string,
  isSpent: boolean | undefined,
): Promise<Outpoint[]> {
  const found: { at: number; outpoint: Outpoint }[] = [];
  for (const spent of isSpent === undefined ? [false, true] : [isSpent]) {
    for await (const { key, value } of allRows<string>(chain, ownedPrefix(publicKey, spent))) {
      const [at, outputIndex] = key.slice(-2).map(Number);
      if (at === undefined || outputIndex === undefined) continue;
      found.push({ at, outpoint: { transactionId: value, outputIndex } });
    }
  }
  if (isSpent === undefined) {
    found.sort((a, b) => a.at - b.at || a.outpoint.outputIndex - b.outpoint.outputIndex);
  }
  return found.map(({ outpoint }) => outpoint);
}

export async function lastBlock(chain: Chain): Promise<StateRow> {
  return await chain.row<StateRow>(STATE) ?? { height: 0, hash: "", ends: [] };
}

/** Where the transactions of a block are; its own event follows them. */
export interface BlockPlace {
  readonly first: number;
  readonly count: number;
}

export async function findBlock(chain: Chain, height: number): Promise<BlockPlace | undefined> {
  if (!Number.isSafeInteger(height) || height < 1) return undefined;
  const last = await lastBlock(chain);
  if (height > last.height) return undefined;
  const [before, end] = await Promise.all([
    endOfBlock(chain, height - 1, last),
    endOfBlock(chain, height, last),
  ]);
  return { first: before + 1, count: end - before - 1 };
}

/** The offset of the event that ends a block, which is not after the last. */
async function endOfBlock(chain: Chain, height: number, last: StateRow): Promise<number> {
  const run = Math.floor(height / RUN);
  const isLast = run === Math.floor(last.height / RUN);
  const ends = isLast ? last.ends : await chain.row<BlockEnds>(runRow(run));
  const end = ends?.[height % RUN];
  if (end === undefined) throw new Error(`the end of block ${height} is not known`);
  return end;
}

/** What GET shows of the transactions of a block. */
export async function blockTexts(chain: Chain, { first, count }: BlockPlace): Promise<string[]> {
  if (count === 0) return [];
  return (await chain.read(first, count)).map(({ data }) => modelText(String(data)));
}

export async function validators(chain: Chain): Promise<readonly Validator[]> {
  return (await chain.row<readonly ValidatorSet[]>(VALIDATOR_SETS))?.at(-1)?.set ?? [];
}

/** All rows under a prefix, in order, read by pages. */
export async function* allRows<T extends RowValue>(
  chain: Chain,
  prefix: RowKey,
): AsyncGenerator<{ key: RowKey; value: T }> {
  let from: RowKey | undefined;
  for (;;) {
    const rows = await chain.rows<T>(prefix, PAGE, { from });
    const isRest = from !== undefined;
    // The page begins with the row that ended the one before.
    for (const row of isRest ? rows.slice(1) : rows) yield row;
    if (rows.length < PAGE) return;
    from = rows.at(-1)?.key;
  }
}
