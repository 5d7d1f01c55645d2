import type { ReadRows } from "../../../log/projection.ts";
import type { RowKey } from "../../../log/keys.ts";
import { rowName } from "../../../log/rows.ts";
import type { Rows } from "../../../log/projection.ts";
import type { IndexRow } from "./dialect.ts";

/**
 * An inverted index: a posting list under each word for the transactions of one block (or a part of
 * a block) that have it, with the offset and the value of each by turns. So a word costs a block one
 * row, however many of its transactions have it.
 */
export type IndexList = readonly number[];

/** The posting lists of a word, in the order of commits. */
export function indexPrefix(word: RowKey): RowKey {
  return ["i", ...word];
}

/** The words of the open block, buffered until they are written as posting lists. */
const OPEN: RowKey = ["words"];

type OpenWords = {
  readonly chars: number;
  readonly words: readonly (readonly [word: RowKey, at: number, value: number])[];
};

/** Characters of open words past which they are written: at six bytes each they fit into a row. */
const OPEN_CHARS = 9_000;
/** Characters that an open word takes beside itself. */
const WORD_CHARS = 24;

/** Indexes the transaction at an offset. */
export async function addWords(
  index: readonly IndexRow[],
  at: number,
  rows: Rows,
): Promise<void> {
  if (index.length === 0) return;
  const open = await rows.get<OpenWords>(OPEN);
  const words = [...open?.words ?? []];
  let chars = open?.chars ?? 0;
  for (const { key, value } of index) {
    words.push([key, at, value]);
    chars += WORD_CHARS + key.join("").length;
  }
  rows.set(OPEN, { chars, words } satisfies OpenWords);
  if (chars > OPEN_CHARS) await closeWords(rows);
}

/** How many words are open: each is a row at the most, once they are written. */
export function openWords(rows: ReadRows): number | Promise<number> {
  const open = rows.get<OpenWords>(OPEN);
  return open instanceof Promise ? open.then(countOf) : countOf(open);
}

function countOf(open: OpenWords | undefined): number {
  return open?.words.length ?? 0;
}

/** Writes the open words. */
export async function closeWords(rows: Rows): Promise<void> {
  const open = await rows.get<OpenWords>(OPEN);
  if (open === undefined) return;
  rows.delete(OPEN);
  const lists = new Map<string, { word: RowKey; first: number; list: number[] }>();
  for (const [word, at, value] of open.words) {
    const name = rowName(word);
    const known = lists.get(name);
    if (known === undefined) lists.set(name, { word, first: at, list: [at, value] });
    else known.list.push(at, value);
  }
  for (const { word, first, list } of lists.values()) {
    rows.set([...indexPrefix(word), first], list);
  }
}

/** The transactions of one posting list, and the value of each. */
export function* found(list: IndexList): Generator<{ at: number; value: number }> {
  for (let place = 0; place < list.length; place += 2) {
    yield { at: list[place] ?? 0, value: list[place + 1] ?? 0 };
  }
}
