import { Pace } from "../../../kernel/turn.ts";
import { TransactionRefused } from "../../shared_bigchaindb/transaction/refusal.ts";
import { compareRank, type Posting, readPostings } from "./postings.ts";
import { Heap } from "../../../kernel/heap.ts";
import type { TermPostings } from "./word_lists.ts";

/**
 * Postings that one search holds, at about ten bytes each where they are of one word, and forty where
 * they are of several. The original refuses to sort more than fits into 32 MiB.
 */
export const MOST_HELD = 250_000;

function tooMany(): TransactionRefused {
  return new TransactionRefused(
    "OperationError",
    `(OperationError): more than ${MOST_HELD} documents would be sorted: ` +
      "search for rarer words, or for one word with a limit",
  );
}

/** A run of which some postings were told. */
interface OpenedRun {
  readonly postings: readonly Posting[];
  next: number;
}

function compareRuns(a: OpenedRun, b: OpenedRun): number {
  const [one, other] = [a.postings[a.next], b.postings[b.next]];
  if (one === undefined || other === undefined) return Number(one === undefined);
  return compareRank(one, other);
}

/** Characters of runs that are read between two looks at the clock. */
const TURN_CHARS = 32 * 1024;

/**
 * The transactions that have a term, best first and those of equal score in the order of commits. A
 * run is read when it has the next of them, so the first page needs the runs with the best alone.
 *
 * @param more transactions that count for more, or for another reason
 * @throws {TransactionRefused} too many would have to be held
 */
export async function* rankedBy(
  { loose, runs }: TermPostings,
  more: readonly Posting[],
): AsyncGenerator<Posting, void, void> {
  const scores = new Map(loose);
  for (const { at, score } of more) scores.set(at, (scores.get(at) ?? 0) + score);
  const first = [...scores].map(([at, score]) => ({ at, score })).sort(compareRank);
  const opened = new Heap<OpenedRun>(compareRuns);
  if (first.length > 0) opened.push({ postings: first, next: 0 });
  let held = first.length;
  const unread = runs();
  const pace = new Pace(TURN_CHARS);
  try {
    for (let coming = (await unread.next()).value;;) {
      const run = opened.first;
      const best = run?.postings[run.next];
      if (coming && (best === undefined || compareRank(coming.best, best) < 0)) {
        await pace.spend(coming.text.length);
        // What was met on the way down is told already, or counts for more.
        const postings = readPostings(coming.text).filter(({ at }) => !scores.has(at));
        if ((held += postings.length) > MOST_HELD) throw tooMany();
        if (postings.length > 0) opened.push({ postings, next: 0 });
        coming = (await unread.next()).value;
        continue;
      }
      if (run === undefined || best === undefined) return;
      held--;
      if (++run.next < run.postings.length) opened.settle();
      else opened.pop();
      yield best;
    }
  } finally {
    await unread.return();
  }
}

/**
 * The transactions that have any of several terms, by the sum of their scores.
 *
 * @throws {TransactionRefused} there are too many
 */
export async function rankedBySum(
  lists: readonly TermPostings[],
  more: readonly Posting[],
): Promise<Iterable<Posting>> {
  const sums = new Map<number, number>();
  const pace = new Pace(TURN_CHARS);
  const add = (at: number, score: number) => {
    sums.set(at, (sums.get(at) ?? 0) + score);
    if (sums.size > MOST_HELD) throw tooMany();
  };
  for (const { loose, runs } of lists) {
    for (const [at, score] of loose) add(at, score);
    for await (const { text } of runs()) {
      await pace.spend(text.length);
      for (const { at, score } of readPostings(text)) if (!loose.has(at)) add(at, score);
    }
  }
  for (const { at, score } of more) add(at, score);
  // A heap, since sorting so many takes a fifth of a second, and a limit leaves most of it undone.
  const best = new Heap(compareRank, [...sums].map(([at, score]) => ({ at, score })));
  return popped(best);
}

function* popped(best: Heap<Posting>): Generator<Posting, void, void> {
  for (let posting = best.pop(); posting !== undefined; posting = best.pop()) yield posting;
}
