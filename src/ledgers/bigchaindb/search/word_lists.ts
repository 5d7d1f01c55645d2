import type { Chain } from "../../../log/chain.ts";
import { allRows } from "../../shared_bigchaindb/chain/queries.ts";
import { listIn, type Posting, readPostings } from "./postings.ts";
import {
  type Documents,
  EMPTY,
  hashOf,
  indexAt,
  levelsOf,
  nodePrefix,
  OPEN,
  type OpenRow,
  ROOT,
  runPrefix,
} from "./word_tree.ts";
import { documentsOf } from "./word_index.ts";

/** Runs that are read first; each page after it is twice as large. */
const FIRST_RUNS = 4;
const MOST_RUNS = 64;

/** A list of postings, best first, that is read when its best is the best of all. */
export interface Run {
  readonly best: Posting;
  readonly text: string;
}

/** Where the postings of a term are. */
export interface TermPostings {
  /** Those that are in no run yet: some hundreds at the most, in no order. */
  readonly loose: ReadonlyMap<number, number>;
  /** The runs of the others; the best first. A posting of a run may be among the loose ones, too. */
  runs(): AsyncGenerator<Run, void, void>;
}

/**
 * Finds the postings of terms. Postings move from the open row to the root, down the tree and into
 * runs, and are looked for in this order: so one that is moved meanwhile is found twice, and never
 * missed.
 */
export async function postingsOf(
  chain: Chain,
  terms: readonly string[],
): Promise<TermPostings[]> {
  const loose = terms.map(() => new Map<number, number>());
  const open = await chain.row<OpenRow>(OPEN) ?? EMPTY;
  const addDocuments = (documents: Documents) => {
    for (const [at, text] of documentsOf(documents)) {
      terms.forEach((term, index) => {
        const score = listIn(text, term);
        if (score !== "") loose[index]?.set(at, parseInt(score, 36));
      });
    }
  };
  addDocuments(open.documents);
  for await (const { value } of allRows<Documents>(chain, ROOT)) addDocuments(value);
  // Newly begun levels: the root may have been split since its rows were read.
  const levels = levelsOf((await chain.row<OpenRow>(OPEN) ?? EMPTY).splits) + 2;
  return await Promise.all(terms.map(async (term, index) => {
    const found = loose[index] ?? new Map<number, number>();
    const hash = hashOf(term);
    for (let level = 1; level <= levels; level++) {
      const fragments = allRows<string>(chain, nodePrefix(level, indexAt(level, hash)));
      for await (const { value } of fragments) {
        for (const { at, score } of readPostings(listIn(value, term))) found.set(at, score);
      }
    }
    return { loose: found, runs: () => runsOf(chain, term) };
  }));
}

async function* runsOf(chain: Chain, term: string): AsyncGenerator<Run, void, void> {
  const prefix = runPrefix(term);
  let after: ReturnType<typeof runPrefix> | undefined;
  for (let limit = FIRST_RUNS;; limit = Math.min(limit * 2, MOST_RUNS)) {
    const rows = await chain.rows<string>(prefix, limit, { after });
    for (const { key, value } of rows) {
      const best = { score: -Number(key.at(-2)), at: Number(key.at(-1)) };
      yield { best, text: value };
    }
    if (rows.length < limit) return;
    after = rows.at(-1)?.key;
  }
}
