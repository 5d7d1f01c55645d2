import { isPyObject, type PyJson, valueAt } from "../../../crypto/python_json.ts";
import { parsePythonJson } from "../../../crypto/python_json_parse.ts";
import type { Chain } from "../../../log/chain.ts";
import { modelText } from "../chain/events.ts";
import { found, type IndexList, indexPrefix } from "../chain/index_rows.ts";
import { allRows, findTransaction } from "../chain/queries.ts";
import { type Collection, textsIn, wordKey } from "./word_index.ts";
import { parseQuery, type TextQuery } from "./query.ts";
import { folded } from "./words.ts";

/** A transaction that is found, with what was searched of it. */
export interface Hit {
  readonly id: string;
  /** The asset, with its `data`, or the metadata. */
  readonly content: PyJson;
}

/** Hits that are looked at for one search. A word that nearly everything has is no search. */
const MOST_HITS = 50_000;

/** Documents read together. */
const READ_AT_ONCE = 200;

/**
 * The documents that a search finds, best first and those of equal score in the order of commits.
 *
 * @param limit undefined for as many as there are
 */
export async function searchText(
  chain: Chain,
  collection: Collection,
  search: string,
  limit: number | undefined,
): Promise<Hit[]> {
  const query = parseQuery(search);
  const scores = await scoresBy(chain, collection, query);
  const ranked = [...scores].sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b);
  const wanted = Math.abs(limit ?? Infinity);
  const hits: Hit[] = [];
  for (let at = 0; at < ranked.length && hits.length < wanted;) {
    const count = Math.min(READ_AT_ONCE, hasPhrases(query) ? READ_AT_ONCE : wanted - hits.length);
    const offsets = ranked.slice(at, at + count).map(([offset]) => offset);
    at += offsets.length;
    for (const hit of await readHits(chain, collection, offsets)) {
      if (hits.length < wanted && hasWanted(query, hit)) hits.push(hit);
    }
  }
  return hits;
}

async function scoresBy(
  chain: Chain,
  collection: Collection,
  { wanted, unwanted }: TextQuery,
): Promise<Map<number, number>> {
  const scores = new Map<number, number>();
  for (const stem of wanted) {
    for await (const { value: list } of wordLists(chain, collection, stem)) {
      for (const { at, value } of found(list)) scores.set(at, (scores.get(at) ?? 0) + value);
      if (scores.size >= MOST_HITS) break;
    }
    // The id of a transaction is a word of its documents.
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

/** Reads documents in the order in which they are asked for. */
async function readHits(
  chain: Chain,
  collection: Collection,
  offsets: readonly number[],
): Promise<Hit[]> {
  const events = await chain.readEach(offsets.toSorted((a, b) => a - b));
  const hits = new Map(
    events.map(({ offset, data }) => [offset, hitOf(collection, String(data))]),
  );
  return offsets.flatMap((offset) => hits.get(offset) ?? []);
}

function hitOf(collection: Collection, data: string): Hit {
  const model = parsePythonJson(modelText(data));
  const fields = isPyObject(model) ? model : {};
  return {
    id: String(valueAt(fields, "id")),
    content: valueAt(fields, collection === "assets" ? "asset" : "metadata") ?? null,
  };
}

function hasPhrases({ phrases, unwantedPhrases }: TextQuery): boolean {
  return phrases.length + unwantedPhrases.length > 0;
}

function hasWanted(query: TextQuery, { id, content }: Hit): boolean {
  if (!hasPhrases(query)) return true;
  const texts = [id, ...textsIn(content)].map(folded);
  const isThere = (phrase: string) => texts.some((text) => text.includes(phrase));
  return query.phrases.every(isThere) && !query.unwantedPhrases.some(isThere);
}
