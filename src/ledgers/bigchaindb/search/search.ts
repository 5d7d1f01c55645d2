import { inTurns } from "../../../kernel/steps.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import { type PyJson, valueAt } from "../../../python/json.ts";
import type { Collection } from "../../shared_bigchaindb/chain/content_index.ts";
import { readingModel } from "../../shared_bigchaindb/chain/events.ts";
import { findTransaction } from "../../shared_bigchaindb/chain/queries.ts";
import { assetData } from "../../shared_bigchaindb/transaction/asset.ts";
import type { Posting } from "./postings.ts";
import { parseQuery, type TextQuery } from "./query.ts";
import { rankedBy, rankedBySum } from "./ranking.ts";
import { rankedByBest } from "./ranking_of_several.ts";
import { findingTexts } from "./texts.ts";
import { termOf, wordEntries } from "./word_index.ts";
import { postingsOf } from "./word_lists.ts";
import { folded, stemOf, wholeScore, wordsOf } from "./words.ts";

/** A transaction that is found, with what was searched of it. */
export interface Hit {
  readonly id: string;
  /** The asset, with its `data`, or the metadata. */
  readonly content: PyJson;
}

/** Documents read together, and bytes of them. */
const READ_AT_ONCE = 200;
const READ_BYTES = 1024 * 1024;

/** Characters of documents that are looked through in one turn of the event loop. */
const TURN_CHARS = 1024 * 1024;

/**
 * The documents that a search finds, best first and those of equal score in the order of commits.
 *
 * @param limit undefined for as many as there are
 * @throws {TransactionRefused} it finds more than can be sorted
 */
export async function* searchText(
  chain: Chain,
  collection: Collection,
  search: string,
  limit: number | undefined,
): AsyncGenerator<Hit, void, void> {
  const query = parseQuery(search);
  let left = Math.abs(limit ?? Infinity) || Infinity;
  const pace = new Pace(TURN_CHARS);
  let pages = 0;
  // Of those that are looked into some are not wanted; how many, the first pages show.
  const atOnce = () => Math.min(READ_AT_ONCE, isFiltered(query) ? 2 ** ++pages * left : left);
  const postings = await ranked(chain, collection, query, left < Infinity);
  for await (const offsets of pagesOf(postings, atOnce)) {
    for await (const { data } of documentsAt(chain, offsets)) {
      const hit = await hitOf(collection, String(data));
      await pace.spend(data.length);
      if (!await isWanted(query, hit, pace)) continue;
      yield hit;
      if (--left <= 0) return;
    }
  }
}

/** The offsets of the documents that have a wanted word, best first. */
async function ranked(
  chain: Chain,
  collection: Collection,
  { wanted, ids }: TextQuery,
  isLimited: boolean,
): Promise<AsyncIterable<Posting> | Iterable<Posting>> {
  const lists = await postingsOf(chain, [...wanted].map((stem) => termOf(collection, stem)));
  // As in the original, a transaction's id is searched like a word of its documents.
  const named: Posting[] = [];
  for (const id of ids) {
    const row = await findTransaction(chain, id);
    if (row === undefined || (collection === "assets" && row.op !== "CREATE")) continue;
    named.push({ at: row.at, score: wholeScore(id) });
  }
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return rankedBy(only, named);
  if (!isLimited) return await rankedBySum(lists, named);
  return rankedByBest(lists, named, (at) => scoreOf(chain, collection, wanted, at));
}

/** The sum of the scores of some stems in the document at an offset. */
async function scoreOf(
  chain: Chain,
  collection: Collection,
  stems: ReadonlySet<string>,
  at: number,
): Promise<number> {
  const [event] = await chain.readEach([at]);
  if (event === undefined) return 0;
  const { content } = await hitOf(collection, String(event.data));
  const document = collection === "assets" ? assetData(content) ?? null : content;
  const wanted = new Set([...stems].map((stem) => termOf(collection, stem)));
  let sum = 0;
  for (const [term, score] of await inTurns(wordEntries(collection, document))) {
    if (wanted.has(term)) sum += score;
  }
  return sum;
}

/** The offsets of as many postings as are asked for at once. */
async function* pagesOf(
  postings: AsyncIterable<Posting> | Iterable<Posting>,
  size: () => number,
): AsyncGenerator<number[], void, void> {
  let page: number[] = [];
  for await (const { at } of postings) {
    if (page.push(at) < size()) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Documents in the order in which they are asked for; fewer at once where they are large. */
async function* documentsAt(
  chain: Chain,
  offsets: readonly number[],
): AsyncGenerator<PlacedEvent, void, void> {
  const sorted = offsets.toSorted((a, b) => a - b);
  const events = await chain.readEach(sorted, READ_BYTES);
  if (events.length < sorted.length && sorted.length > 1) {
    const half = Math.ceil(offsets.length / 2);
    yield* documentsAt(chain, offsets.slice(0, half));
    yield* documentsAt(chain, offsets.slice(half));
    return;
  }
  const places = new Map(events.map((event) => [event.offset, event]));
  yield* offsets.flatMap((offset) => places.get(offset) ?? []);
}

async function hitOf(collection: Collection, data: string): Promise<Hit> {
  const model = await inTurns(readingModel(data));
  return {
    id: String(valueAt(model, "id")),
    content: valueAt(model, collection === "assets" ? "asset" : "metadata") ?? null,
  };
}

/** Whether a document has to be looked into. */
function isFiltered({ unwanted, phrases, unwantedPhrases }: TextQuery): boolean {
  return unwanted.size + phrases.length + unwantedPhrases.length > 0;
}

async function isWanted(query: TextQuery, { id, content }: Hit, pace: Pace): Promise<boolean> {
  if (!isFiltered(query)) return true;
  const texts = [id, ...await inTurns(findingTexts(content))];
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  if (query.unwanted.size > 0) {
    for (const text of texts) {
      for (const word of wordsOf(text.toLowerCase())) {
        if (query.unwanted.has(stemOf(word) ?? "")) return false;
        await pace.spend(WORD_COST + word.length);
      }
    }
  }
  const plain = texts.map(folded);
  const isThere = async (phrase: string) => {
    await pace.spend(chars);
    return plain.some((text) => text.includes(phrase));
  };
  for (const phrase of query.phrases) if (!await isThere(phrase)) return false;
  for (const phrase of query.unwantedPhrases) if (await isThere(phrase)) return false;
  return true;
}

/** What a word costs beside its characters, in characters. */
const WORD_COST = 64;
