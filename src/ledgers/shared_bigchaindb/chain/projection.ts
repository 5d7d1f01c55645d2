import type { PlacedEvent } from "../../../log/event.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Projection, ReadRows, Rows, RowValue } from "../../../log/projection.ts";
import type { Dialect, Recorded } from "./dialect.ts";
import { partName } from "../transaction/asset.ts";
import { ownersOf } from "../transaction/owners.ts";
import { atOnce } from "../../../kernel/steps.ts";
import { isHash, type Outpoint, spentOutpoints } from "../transaction/transaction.ts";
import { beginElection, closeVotes, countVotes } from "./election_rows.ts";
import { BLOCK, type PreparedRecord, readBlock, readRecorded, VALIDATORS } from "./events.ts";
import { CONTENT_SWITCH } from "./content_index.ts";
import {
  assetRow,
  LAST_BLOCK,
  type LastBlockRow,
  type OutputRow,
  outputsRow,
  ownedRow,
  type Owners,
  OWNERS_IN_ROW,
  ownersRow,
  RUN,
  runRow,
  spentRow,
  type TransactionRow,
  transactionRow,
  VALIDATOR_SETS,
} from "./rows.ts";
import { outputsOf } from "./state_rows.ts";

/** Characters of outputs in one row, well under what a row may hold. */
const ROW_CHARS = 40_000;

/** Characters that one of a text takes at the most in JSON. */
const ESCAPED = 6;

/** The projection of a ledger's chain. */
export function ledgerProjection(dialect: Dialect): Projection {
  return {
    version: 3,
    carried: [CONTENT_SWITCH],
    async apply(event, rows) {
      if (event.type === VALIDATORS) {
        rows.set(VALIDATOR_SETS, [{ since: 1, set: JSON.parse(String(event.data)) }]);
        rows.set(LAST_BLOCK, { height: 0, hash: "", ends: [event.offset] } satisfies LastBlockRow);
      } else if (event.type === BLOCK) await applyBlock(event, rows);
      else await applyTransaction(dialect, event, rows);
    },
  };
}

/** The height of the block that is being made. */
async function nextHeight(rows: ReadRows): Promise<number> {
  return ((await rows.get<LastBlockRow>(LAST_BLOCK))?.height ?? 0) + 1;
}

/**
 * Rows of one transaction past which none is written beside them: it may be as large as a commit can
 * be, and is not to be refused for what the index of contents has to do just then.
 */
const LARGE_ROWS = 300;

/** The same of the characters of its event. */
const LARGE_CHARS = 100_000;

/** Counts the changes that are made through it. */
class CountedRows implements Rows {
  changes = 0;
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  get<T extends RowValue>(key: RowKey, name?: string): T | undefined | Promise<T | undefined> {
    return this.#rows.get<T>(key, name);
  }

  set(key: RowKey, value: RowValue): void {
    this.changes++;
    this.#rows.set(key, value);
  }

  delete(key: RowKey): void {
    this.changes++;
    this.#rows.delete(key);
  }
}

async function applyTransaction(dialect: Dialect, event: PlacedEvent, below: Rows): Promise<void> {
  const rows = new CountedRows(below);
  // Only this ledger's commands emit to its chain, with a PreparedRecord for a memo.
  const prepared = event.memo as PreparedRecord | undefined;
  const recorded = prepared?.transaction ?? readRecorded(String(event.data));
  const at = event.offset;
  const height = await nextHeight(rows);
  const spent = new Map<string, SpentOutputs>();
  for (const outpoint of spentOutpoints(recorded)) await spend(outpoint, at, rows, spent);
  setTransaction(recorded, at, height, rows);
  for (const assetId of new Set(dialect.assetsOf(recorded))) {
    // The maker of an asset has a row by id. The schema lets text around an id through, of any length.
    if (assetId === recorded.id || !isHash(assetId)) continue;
    const made = await rows.get<TransactionRow>(transactionRow(assetId));
    if (made !== undefined) rows.set(assetRow(made.at, recorded.operation, at), null);
  }
  beginElection(recorded, height, rows);
  await countVotes(recorded, rows);
  if (await rows.get<boolean>(CONTENT_SWITCH) === false) return;
  const { contents } = dialect;
  const hasRoom = rows.changes < LARGE_ROWS && event.data.length < LARGE_CHARS;
  const entries = prepared?.entries ?? atOnce(contents.entriesOf(recorded));
  await contents.add(entries, at, below, hasRoom);
}

/** The outputs of a transaction that is spent from, and its offset. */
interface SpentOutputs {
  readonly at: number;
  readonly outputs: readonly OutputRow[];
}

/** @param known transactions read for inputs before, by id: many may spend of one */
async function spend(
  { transactionId, outputIndex }: Outpoint,
  by: number,
  rows: Rows,
  known: Map<string, SpentOutputs>,
): Promise<void> {
  const { at, outputs } = known.get(transactionId) ?? await spentOf(transactionId, rows);
  known.set(transactionId, { at, outputs });
  rows.set(spentRow(at, outputIndex), by);
  for (const owner of await ownersIn(outputs[outputIndex]?.[2] ?? [], at, outputIndex, rows)) {
    rows.delete(ownedRow(owner, false, at, outputIndex));
    rows.set(ownedRow(owner, true, at, outputIndex), transactionId);
  }
}

async function ownersIn(
  owners: Owners,
  at: number,
  index: number,
  rows: ReadRows,
): Promise<readonly string[]> {
  if (typeof owners !== "number") return owners;
  const all: string[] = [];
  for (let page = 0; page < owners; page++) {
    all.push(...await rows.get<readonly string[]>(ownersRow(at, index, page)) ?? []);
  }
  return all;
}

/** What an output's row says of its owners, of whom very many have rows of their own. */
function setOwners(owners: readonly string[], at: number, index: number, rows: Rows): Owners {
  if (owners.length <= OWNERS_IN_ROW) return owners;
  let page = 0;
  for (let from = 0; from < owners.length; from += OWNERS_IN_ROW) {
    rows.set(ownersRow(at, index, page++), owners.slice(from, from + OWNERS_IN_ROW));
  }
  return page;
}

async function spentOf(id: string, rows: ReadRows): Promise<SpentOutputs> {
  const row = await rows.get<TransactionRow>(transactionRow(id));
  if (row === undefined) throw new Error(`${id} is spent and does not exist`);
  return { at: row.at, outputs: row.more === 0 ? row.outs : await outputsOf(rows, row) };
}

function setTransaction(recorded: Recorded, at: number, height: number, rows: Rows): void {
  const { id, operation, assetId, outputs, parts } = recorded;
  const chunks: OutputRow[][] = [[]];
  let chars = 0;
  outputs.forEach((output, index) => {
    const owners = ownersOf(output);
    for (const owner of owners) rows.set(ownedRow(owner, false, at, index), id);
    const shown = setOwners(owners, at, index, rows);
    const data = parts?.[index];
    const { amount, conditionUri = null } = output;
    const row: OutputRow = data === undefined
      ? [`${amount}`, conditionUri, shown]
      : [`${amount}`, conditionUri, shown, partName(data)];
    const size = 40 + (conditionUri?.length ?? 4) +
      (typeof shown === "number" ? 1 : shown.length * 48) + (row[3]?.length ?? 0) * ESCAPED;
    if (chars > 0 && chars + size > ROW_CHARS) {
      chunks.push([]);
      chars = 0;
    }
    chars += size;
    chunks.at(-1)?.push(row);
  });
  const [outs = [], ...more] = chunks;
  more.forEach((chunk, index) => rows.set(outputsRow(at, index + 1), chunk));
  rows.set(
    transactionRow(id),
    {
      at,
      height,
      op: operation,
      ...(assetId === id ? {} : { asset: assetId }),
      outs,
      more: more.length,
    } satisfies TransactionRow,
  );
}

async function applyBlock(event: PlacedEvent, rows: Rows): Promise<void> {
  const { height, hash } = readBlock(String(event.data));
  const before = (await rows.get<LastBlockRow>(LAST_BLOCK))?.ends ?? [];
  const ends = before.length < RUN ? [...before, event.offset] : [event.offset];
  rows.set(LAST_BLOCK, { height, hash, ends } satisfies LastBlockRow);
  if (ends.length === RUN) rows.set(runRow(Math.floor(height / RUN)), ends);
  await closeVotes(height, rows);
}
