import { Heap } from "../../../kernel/heap.ts";
import type { Posting } from "./postings.ts";
import { readPostings } from "./postings.ts";
import { MOST_HELD, rankedBySum } from "./ranking.ts";
import type { Run, TermPostings } from "./word_lists.ts";

/** Documents that are looked into before all postings are read instead: a fifth of a millisecond each. */
export const LOOKED_INTO = 100;

/** A transaction that has one of the terms at least. */
interface Candidate {
  readonly at: number;
  /** Of the terms that are known to be in it. */
  sum: number;
  /** Which terms those are; undefined when there is nothing more to know of it. */
  known: number[] | undefined;
  /** The most that its score can be, as of when it was last looked at. */
  most: number;
}

function compareMost(a: Candidate, b: Candidate): number {
  return b.most - a.most || a.at - b.at;
}

/**
 * The transactions that have any of several terms, by the sum of their scores and those of equal sum
 * in the order of commits, for whoever wants the first of them: runs are read, the best first, for as
 * long as a transaction that is in none of them could come next (the threshold algorithm of Fagin).
 * Where too many documents would have to be looked into, because they are all alike, all is read.
 *
 * @param more transactions that count for more, or for another reason
 * @param scoreAt the sum of the terms' scores of the transaction at an offset
 * @throws {TransactionRefused} there are too many
 */
export async function* rankedByBest(
  terms: readonly TermPostings[],
  more: readonly Posting[],
  scoreAt: (at: number) => Promise<number>,
): AsyncGenerator<Posting, void, void> {
  const search = new BestFirst(terms, more);
  const told = new Set<number>();
  try {
    await search.begin();
    for (let looked = 0;;) {
      const best = await search.next();
      if (best === undefined) return;
      if (best.known === undefined) {
        told.add(best.at);
        yield search.take(best);
      } else if (looked++ === LOOKED_INTO || search.count > MOST_HELD / 10) break;
      else search.tell(best, await scoreAt(best.at));
    }
  } finally {
    await search.end();
  }
  for (const posting of await rankedBySum(terms, more)) if (!told.has(posting.at)) yield posting;
}

/** A list of a term's postings, read from its best on. */
interface Reader {
  readonly runs: AsyncGenerator<Run, void, void>;
  coming: Run | undefined;
}

class BestFirst {
  readonly #terms: readonly TermPostings[];
  readonly #readers: readonly Reader[];
  readonly #candidates = new Map<number, Candidate>();
  readonly #more = new Map<number, number>();
  readonly #heap = new Heap<Candidate>(compareMost);

  constructor(terms: readonly TermPostings[], more: readonly Posting[]) {
    this.#terms = terms;
    this.#readers = terms.map((term) => ({ runs: term.runs(), coming: undefined }));
    for (const { at, score } of more) this.#more.set(at, (this.#more.get(at) ?? 0) + score);
  }

  /** How many transactions are held. */
  get count(): number {
    return this.#candidates.size;
  }

  async begin(): Promise<void> {
    for (const reader of this.#readers) await this.#advance(reader);
    for (const at of this.#more.keys()) this.#candidate(at);
    this.#terms.forEach(({ loose }, term) => {
      for (const [at, score] of loose) this.#add(term, { at, score });
    });
  }

  async end(): Promise<void> {
    for (const { runs } of this.#readers) await runs.return();
  }

  /** What comes next, or might: then it has to be looked into. */
  async next(): Promise<Candidate | undefined> {
    for (;;) {
      const best = this.#heap.first;
      if (best !== undefined) {
        const most = this.#mostOf(best);
        if (most < best.most) {
          best.most = most;
          this.#heap.settle();
          continue;
        }
      }
      const [reader, unseen] = this.#mostComing();
      if (unseen === 0 || (best !== undefined && best.most > unseen)) {
        if (best?.known !== undefined && this.#isAllKnown(best.known)) best.known = undefined;
        return best;
      }
      await this.#read(reader);
    }
  }

  take(best: Candidate): Posting {
    this.#heap.pop();
    return { at: best.at, score: best.sum };
  }

  /** What the whole score of the best is: that of the terms. */
  tell(best: Candidate, score: number): void {
    best.sum = score + (this.#more.get(best.at) ?? 0);
    best.known = undefined;
    best.most = best.sum;
    this.#heap.settle();
  }

  /** Whether the terms that are not known to be in it are read to their ends. */
  #isAllKnown(known: readonly number[]): boolean {
    return this.#readers.every(({ coming }, term) => coming === undefined || known.includes(term));
  }

  #mostOf({ sum, known }: Candidate): number {
    if (known === undefined) return sum;
    let most = sum;
    this.#readers.forEach(({ coming }, term) => {
      if (coming !== undefined && !known.includes(term)) most += coming.best.score;
    });
    return most;
  }

  /** The list that has the best to come, and the most that a transaction in none so far can score. */
  #mostComing(): [Reader | undefined, number] {
    let most: Reader | undefined;
    let sum = 0;
    for (const reader of this.#readers) {
      const score = reader.coming?.best.score ?? 0;
      sum += score;
      if (score > (most?.coming?.best.score ?? 0)) most = reader;
    }
    return [most, sum];
  }

  async #read(reader: Reader | undefined): Promise<void> {
    if (reader?.coming === undefined) return;
    const postings = readPostings(reader.coming.text);
    const term = this.#readers.indexOf(reader);
    await this.#advance(reader);
    for (const posting of postings) this.#add(term, posting);
  }

  async #advance(reader: Reader): Promise<void> {
    reader.coming = (await reader.runs.next()).value ?? undefined;
  }

  #add(term: number, { at, score }: Posting): void {
    const candidate = this.#candidate(at);
    // What was met before is told already, or counts for more.
    if (candidate.known === undefined || candidate.known.includes(term)) return;
    candidate.known.push(term);
    candidate.sum += score;
  }

  #candidate(at: number): Candidate {
    const known = this.#candidates.get(at);
    if (known !== undefined) return known;
    // No more than is looked at anew when it comes to be the first.
    const candidate = { at, sum: this.#more.get(at) ?? 0, known: [], most: Infinity };
    this.#candidates.set(at, candidate);
    this.#heap.push(candidate);
    return candidate;
  }
}
