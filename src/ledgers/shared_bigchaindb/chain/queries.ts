import type { Chain } from "../../../log/chain.ts";
import type { RowBounds, RowKey } from "../../../log/keys.ts";
import type { ListedRow } from "../../../log/row_reader.ts";
import type { RowValue } from "../../../log/projection.ts";
import { eventsAt, eventsFrom } from "../../../log/paged_events.ts";
import type { Validator } from "../rules/state.ts";
import { isHash, type Operation, type Outpoint } from "../transaction/transaction.ts";
import { modelText } from "./events.ts";
import {
  assetPrefix,
  type BlockEnds,
  LAST_BLOCK,
  type LastBlockRow,
  LATER_OPERATIONS,
  ownedPrefix,
  RUN,
  runRow,
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
  if (row === undefined) return undefined;
  const [event] = await chain.readEach([row.at]);
  return event && modelText(String(event.data));
}

/** What GET shows of the transactions at some offsets, which are in ascending order. */
export async function* textsAt(
  chain: Chain,
  offsets: Iterable<number> | AsyncIterable<number>,
): AsyncGenerator<string, void, void> {
  for await (const { data } of eventsAt(chain, offsets)) yield modelText(String(data));
}

/**
 * The offsets of an asset's transactions, in ascending order; of all operations where `operation` is
 * left out.
 */
export async function* assetOffsets(
  chain: Chain,
  assetId: string,
  operation: Operation | undefined,
): AsyncGenerator<number, void, void> {
  const row = await findTransaction(chain, assetId);
  if (row === undefined) return;
  // The asset's maker is `row` itself; later transactions have rows under its offset.
  if (isOf(row, operation)) yield row.at;
  const later = prefixesOf(row, operation).map((prefix) => offsetsIn(chain, prefix));
  yield* merged(later, (a, b) => a - b);
}

/** The last of them; undefined where there is none. */
export async function lastAssetOffset(
  chain: Chain,
  assetId: string,
  operation: Operation | undefined,
): Promise<number | undefined> {
  const row = await findTransaction(chain, assetId);
  if (row === undefined) return undefined;
  const newest = await Promise.all(
    prefixesOf(row, operation).map((prefix) => chain.rows<null>(prefix, 1, { reverse: true })),
  );
  const offsets = newest.flat().map(({ key }) => Number(key.at(-1)));
  if (isOf(row, operation)) offsets.push(row.at);
  return offsets.length === 0 ? undefined : Math.max(...offsets);
}

/** Whether an asset's maker is asked for: by `TRANSFER`, only the transactions after it are. */
function isOf({ op }: TransactionRow, operation: Operation | undefined): boolean {
  return operation === undefined || (operation === "CREATE" && op === "CREATE");
}

/** Where the later transactions of an asset are that are asked for. */
function prefixesOf({ at }: TransactionRow, operation: Operation | undefined): RowKey[] {
  return LATER_OPERATIONS.filter((later) => operation === undefined || operation === later)
    .map((later) => assetPrefix(at, later));
}

async function* offsetsIn(chain: Chain, prefix: RowKey): AsyncGenerator<number, void, void> {
  for await (const { key } of allRows<null>(chain, prefix)) yield Number(key.at(-1));
}

/** The outputs of a key, in the order of commits. */
export async function* outputsOfKey(
  chain: Chain,
  publicKey: string,
  isSpent: boolean | undefined,
): AsyncGenerator<Outpoint, void, void> {
  if (isSpent !== undefined) return yield* outputsIn(chain, ownedPrefix(publicKey, isSpent));
  const unspent = ownedPrefix(publicKey, false);
  const spent = ownedPrefix(publicKey, true);
  let after: RowKey | undefined;
  for (;;) {
    const page = await chain.rows<string>(unspent, PAGE, bounded(unspent, after, undefined));
    const last = page.length < PAGE ? undefined : placeOf(page.at(-1)?.key ?? []);
    // Spent ones are read last, so that an output spent meanwhile is found twice, and never missed.
    const among = outputsIn(chain, spent, bounded(spent, after, last));
    yield* merged([inOrder(page), among], compareOutpoints);
    if (last === undefined) return;
    after = last;
  }
}

/** An output of a key, with the offset of its transaction. */
interface OwnedOutput extends Outpoint {
  readonly at: number;
}

function compareOutpoints(a: OwnedOutput, b: OwnedOutput): number {
  return a.at - b.at || a.outputIndex - b.outputIndex;
}

/** The offset of the transaction and the index of the output that a row is about. */
function placeOf(key: RowKey): [at: number, outputIndex: number] {
  return [Number(key.at(-2)), Number(key.at(-1))];
}

function bounded(prefix: RowKey, after: RowKey | undefined, before: RowKey | undefined): RowBounds {
  return {
    after: after && [...prefix, ...after],
    before: before && [...prefix, ...before],
  };
}

function outputOf({ key, value }: ListedRow<string>): OwnedOutput {
  const [at, outputIndex] = placeOf(key);
  return { at, transactionId: value, outputIndex };
}

async function* inOrder(
  rows: readonly ListedRow<string>[],
): AsyncGenerator<OwnedOutput, void, void> {
  for (const row of rows) yield outputOf(row);
}

async function* outputsIn(
  chain: Chain,
  prefix: RowKey,
  bounds: RowBounds = {},
): AsyncGenerator<OwnedOutput, void, void> {
  for await (const row of allRows<string>(chain, prefix, bounds)) yield outputOf(row);
}

/** Merges sorted sources into one that is sorted, without duplicates. */
export async function* merged<T>(
  sources: readonly AsyncIterable<T>[],
  order: (a: T, b: T) => number,
): AsyncGenerator<T, void, void> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads: (T | undefined)[] = [];
  for (const iterator of iterators) heads.push((await iterator.next()).value ?? undefined);
  for (;;) {
    let first: T | undefined;
    for (const head of heads) {
      if (head !== undefined && (first === undefined || order(head, first) < 0)) first = head;
    }
    if (first === undefined) return;
    yield first;
    for (const [at, iterator] of iterators.entries()) {
      const head = heads[at];
      if (head === undefined || order(head, first) !== 0) continue;
      heads[at] = (await iterator.next()).value ?? undefined;
    }
  }
}

export async function lastBlock(chain: Chain): Promise<LastBlockRow> {
  return await chain.row<LastBlockRow>(LAST_BLOCK) ?? { height: 0, hash: "", ends: [] };
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
async function endOfBlock(chain: Chain, height: number, last: LastBlockRow): Promise<number> {
  const run = Math.floor(height / RUN);
  const isLast = run === Math.floor(last.height / RUN);
  const ends = isLast ? last.ends : await chain.row<BlockEnds>(runRow(run));
  const end = ends?.[height % RUN];
  if (end === undefined) throw new Error(`the end of block ${height} is not known`);
  return end;
}

/** What GET shows of the transactions of a block. */
export async function* blockTexts(
  chain: Chain,
  { first, count }: BlockPlace,
): AsyncGenerator<string, void, void> {
  for await (const { data } of eventsFrom(chain, first, count)) yield modelText(String(data));
}

export async function validators(chain: Chain): Promise<readonly Validator[]> {
  return (await chain.row<readonly ValidatorSet[]>(VALIDATOR_SETS))?.at(-1)?.set ?? [];
}

/** All rows under a prefix, in order, read by pages. */
export async function* allRows<T extends RowValue>(
  chain: Chain,
  prefix: RowKey,
  bounds: RowBounds = {},
): AsyncGenerator<ListedRow<T>, void, void> {
  for (let { after } = bounds;;) {
    const rows = await chain.rows<T>(prefix, PAGE, { ...bounds, after });
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.key;
  }
}
