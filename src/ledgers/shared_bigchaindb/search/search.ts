import { type PyJson, valueAt } from "../../../python/json.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Collection } from "../chain/dialect.ts";
import { readModel } from "../chain/events.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import { found, type IndexList, indexPrefix } from "../chain/index_rows.ts";
import { allRows, findTransaction } from "../chain/queries.ts";
import { textsIn, wordKey } from "./word_index.ts";
import { parseQuery, type TextQuery } from "./query.ts";
import { folded } from "./words.ts";

/** A transaction that is found, with what was searched of it. */
export interface Hit {
  readonly id: string;
  /** The asset, with its `data`, or the metadata. */
  readonly content: PyJson;
}

/** Most hits that one search ranks: a word of nearly every document finds nothing in particular. */
const MOST_HITS = 50_000;

/** Most entries of word lists that one search of many words reads. */
const MOST_ENTRIES = 4 * MOST_HITS;

/** Documents read together, and bytes of them. */
const READ_AT_ONCE = 200;
const READ_BYTES = 1024 * 1024;

/** Characters of documents that are searched for phrases in one turn of the event loop. */
const TURN_CHARS = 1024 * 1024;

/**
 * The documents that a search finds, best first and those of equal score in the order of commits.
 *
 * @param limit undefined for as many as there are
 */
export async function* searchText(
  chain: Chain,
  collection: Collection,
  search: string,
  limit: number | undefined,
): AsyncGenerator<Hit, void, void> {
  const query = parseQuery(search);
  const scores = await scoresBy(chain, collection, query);
  const ranked = [...scores].sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
    .map(([offset]) => offset);
  let left = Math.abs(limit ?? Infinity);
  const pace = new Pace(TURN_CHARS);
  for (let at = 0, count = READ_AT_ONCE; at < ranked.length && left > 0;) {
    const offsets = ranked.slice(at, at + (hasPhrases(query) ? count : Math.min(count, left)));
    const events = await readHits(chain, offsets);
    if (events === undefined) {
      // They are too large to be held in memory together.
      count = Math.ceil(offsets.length / 2);
      continue;
    }
    at += offsets.length;
    for (const { data } of events) {
      const hit = hitOf(collection, String(data));
      await pace.spend(data.length);
      if (left <= 0 || !await hasWanted(query, hit, pace)) continue;
      left--;
      yield hit;
    }
  }
}

async function scoresBy(
  chain: Chain,
  collection: Collection,
  { wanted, unwanted }: TextQuery,
): Promise<Map<number, number>> {
  const scores = new Map<number, number>();
  let entries = 0;
  for (const stem of wanted) {
    for await (const { value: list } of wordLists(chain, collection, stem)) {
      for (const { at, value } of found(list)) scores.set(at, (scores.get(at) ?? 0) + value);
      entries += list.length / 2;
      if (scores.size >= MOST_HITS || entries >= MOST_ENTRIES) break;
    }
    // As in the original, a transaction's id is searched like a word of its documents.
    const row = await findTransaction(chain, stem);
    if (row !== undefined && (collection === "metadata" || row.op === "CREATE")) {
      scores.set(row.at, (scores.get(row.at) ?? 0) + 1.1);
    }
  }
  for (const stem of unwanted) {
    if (scores.size === 0) break;
    for await (const { value: list } of wordLists(chain, collection, stem)) {
      for (const { at } of found(list)) scores.delete(at);
    }
  }
  return scores;
}

function wordLists(chain: Chain, collection: Collection, stem: string) {
  return allRows<IndexList>(chain, indexPrefix(wordKey(collection, stem)));
}

/** Documents in the order in which they are asked for; undefined where several are too large. */
async function readHits(
  chain: Chain,
  offsets: readonly number[],
): Promise<PlacedEvent[] | undefined> {
  const sorted = offsets.toSorted((a, b) => a - b);
  const events = await chain.readEach(sorted, READ_BYTES);
  if (events.length < sorted.length && sorted.length > 1) return undefined;
  const places = new Map(events.map((event) => [event.offset, event]));
  return offsets.flatMap((offset) => places.get(offset) ?? []);
}

function hitOf(collection: Collection, data: string): Hit {
  const model = readModel(data);
  return {
    id: String(valueAt(model, "id")),
    content: valueAt(model, collection === "assets" ? "asset" : "metadata") ?? null,
  };
}

function hasPhrases({ phrases, unwantedPhrases }: TextQuery): boolean {
  return phrases.length + unwantedPhrases.length > 0;
}

async function hasWanted(
  query: TextQuery,
  { id, content }: Hit,
  pace: Pace,
): Promise<boolean> {
  if (!hasPhrases(query)) return true;
  const texts = [id, ...textsIn(content)].map(folded);
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  const isThere = async (phrase: string) => {
    await pace.spend(chars);
    return texts.some((text) => text.includes(phrase));
  };
  for (const phrase of query.phrases) if (!await isThere(phrase)) return false;
  for (const phrase of query.unwantedPhrases) if (await isThere(phrase)) return false;
  return true;
}
