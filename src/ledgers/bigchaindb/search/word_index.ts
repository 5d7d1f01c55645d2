import { Buffer } from "node:buffer";
import type { Steps } from "../../../kernel/steps.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Rows } from "../../../log/projection.ts";
import type { PyJson } from "../../../python/json.ts";
import type { Collection, IndexEntry } from "../../shared_bigchaindb/chain/content_index.ts";
import { addLists, compareRank, listsText, postingText, readPostings } from "./postings.ts";
import { findingTexts } from "./texts.ts";
import { scoresOf } from "./words.ts";
import {
  type Documents,
  EMPTY,
  fragmentRow,
  fragmentSplits,
  hashOf,
  indexAt,
  levelsOf,
  OPEN,
  type OpenRow,
  rootRow,
  wordRunRow,
} from "./word_tree.ts";

/** Bytes at which the open row is full. */
const OPEN_BYTES = 2_000;

/** Bytes at which the root is. */
const ROOT_BYTES = 20_000;

/**
 * Bytes that one split takes, of a node and of the root: all may go into one row, where those of the
 * root get their offsets. What is more stays where it is: words chosen for one node may be.
 */
const SPLIT_BYTES = 56_000;
const ROOT_SPLIT_BYTES = 28_000;

/** Characters of a term's postings that make a run, about 120 of them, and runs of one split. */
const RUN_CHARS = 1_200;
const SPLIT_RUNS = 16;

/** Splits for one document: each changes forty rows at the most. */
const STEPS = 2;

/** The entries of a document: the words that are found, each with its score. */
export function* wordEntries(collection: Collection, document: PyJson): Steps<IndexEntry[]> {
  const scores = yield* scoresOf(yield* findingTexts(document));
  return [...scores].map(([stem, score]) => [termOf(collection, stem), score] as const);
}

export function termOf(collection: Collection, stem: string): string {
  return (collection === "assets" ? "a" : "m") + stem;
}

/**
 * Indexes the document at an offset.
 *
 * @param hasRoom whether the commit has room for rows beside its own
 */
export async function addDocument(
  entries: readonly IndexEntry[],
  at: number,
  rows: Rows,
  hasRoom: boolean,
): Promise<void> {
  let open = await rows.get<OpenRow>(OPEN) ?? EMPTY;
  if (entries.length > 0) open = gathered(open, at, entries, rows);
  for (let step = 0; hasRoom && step < STEPS && isDue(open); step++) open = await split(open, rows);
  rows.set(OPEN, open);
}

function gathered(
  open: OpenRow,
  at: number,
  entries: readonly IndexEntry[],
  rows: Rows,
): OpenRow {
  const text = documentText(entries);
  const documents: Documents = [...open.documents, at, text];
  const bytes = open.bytes + Buffer.byteLength(text);
  if (bytes < OPEN_BYTES) return { ...open, documents, bytes };
  rows.set(rootRow(open.next), documents);
  const rootBytes = open.rootBytes + bytes;
  return { ...open, documents: [], bytes: 0, next: open.next + 1, rootBytes };
}

/** A document's lists: of each term its score alone. */
function documentText(entries: readonly IndexEntry[]): string {
  return listsText(entries.map(([term, score]) => [term, score.toString(36)]));
}

function isDue({ level, rootBytes }: OpenRow): boolean {
  return level > 0 || rootBytes >= ROOT_BYTES;
}

/** Splits what is next: a node for each level below the root, and then the root again. */
async function split(open: OpenRow, rows: Rows): Promise<OpenRow> {
  const { splits, level } = open;
  if (level === 0) return await splitRoot(open, rows);
  const index = indexAt(level, splits);
  const fragments = fragmentSplits(level, splits).map((at) => fragmentRow(level, index, at));
  const taken = await take(fragments, SPLIT_BYTES, rows, (text: string) => Buffer.byteLength(text));
  const lists = new Map<string, string>();
  for (const text of taken) addLists(text, lists);
  spread(lists, level + 1, splits, rows);
  return { ...open, level: level < levelsOf(splits) ? level + 1 : 0 };
}

async function splitRoot(open: OpenRow, rows: Rows): Promise<OpenRow> {
  const numbers = Array.from({ length: open.next - open.first }, (_, at) => open.first + at);
  let bytes = 0;
  const taken = await take(numbers.map(rootRow), ROOT_SPLIT_BYTES, rows, (documents: Documents) => {
    const size = sizeOf(documents);
    bytes += size;
    return size;
  });
  const splits = open.splits + 1;
  const lists = new Map<string, string>();
  for (const [at, text] of taken.flatMap(documentsOf)) {
    const scores = new Map<string, string>();
    addLists(text, scores);
    for (const [term, score] of scores) {
      const posting = postingText({ at, score: parseInt(score, 36) });
      const before = lists.get(term);
      lists.set(term, before === undefined ? posting : `${before} ${posting}`);
    }
  }
  spread(lists, 1, splits, rows);
  return {
    ...open,
    splits,
    level: levelsOf(splits) > 0 ? 1 : 0,
    first: open.first + taken.length,
    rootBytes: open.rootBytes - bytes,
  };
}

/** The documents of a row: their offsets and their lists. */
export function documentsOf(documents: Documents): (readonly [at: number, text: string])[] {
  const found: (readonly [number, string])[] = [];
  for (let place = 0; place < documents.length; place += 2) {
    found.push([Number(documents[place]), String(documents[place + 1])]);
  }
  return found;
}

function sizeOf(documents: Documents): number {
  return documentsOf(documents).reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
}

/** Takes rows away, in their order, up to `room` bytes. */
async function take<T extends string | Documents>(
  keys: readonly RowKey[],
  room: number,
  rows: Rows,
  bytesOf: (value: T) => number,
): Promise<T[]> {
  const taken: T[] = [];
  const values = await Promise.all(keys.map((key) => rows.get<T>(key)));
  let left = room;
  for (const [at, value] of values.entries()) {
    const key = keys[at];
    if (value === undefined || key === undefined) continue;
    left -= bytesOf(value);
    if (left < 0) break;
    rows.delete(key);
    taken.push(value);
  }
  return taken;
}

/** Hands the lists of terms to the nodes of a level; those of frequent terms become runs. */
function spread(
  lists: ReadonlyMap<string, string>,
  level: number,
  splits: number,
  rows: Rows,
): void {
  const nodes = new Map<number, [term: string, postings: string][]>();
  let runs = 0;
  for (const [term, postings] of lists) {
    if (postings.length >= RUN_CHARS && runs < SPLIT_RUNS) {
      runs++;
      setRun(term, postings, rows);
      continue;
    }
    const index = indexAt(level, hashOf(term));
    const known = nodes.get(index);
    if (known === undefined) nodes.set(index, [[term, postings]]);
    else known.push([term, postings]);
  }
  for (const [index, of] of nodes) rows.set(fragmentRow(level, index, splits), listsText(of));
}

function setRun(term: string, text: string, rows: Rows): void {
  const postings = readPostings(text).sort(compareRank);
  const [best] = postings;
  if (best === undefined) return;
  rows.set(wordRunRow(term, best.score, best.at), postings.map(postingText).join(" "));
}
