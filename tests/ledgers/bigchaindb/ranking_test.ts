import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Heap } from "../../../src/ledgers/bigchaindb/search/heap.ts";
import {
  compareRank,
  type Posting,
  postingText,
} from "../../../src/ledgers/bigchaindb/search/postings.ts";
import {
  MOST_HELD,
  rankedBy,
  rankedBySum,
} from "../../../src/ledgers/bigchaindb/search/ranking.ts";
import type { TermPostings } from "../../../src/ledgers/bigchaindb/search/word_lists.ts";

/** A term with runs, which are told of in the order of their best as the store lists them. */
function termOf(runs: readonly (readonly Posting[])[], opened = { count: 0 }): TermPostings {
  const sorted = runs.map((run) => run.toSorted(compareRank))
    .sort(([a], [b]) => a && b ? compareRank(a, b) : 0);
  return {
    loose: new Map(),
    async *runs() {
      for (const run of sorted) {
        const [best] = run;
        if (best === undefined) continue;
        opened.count++;
        yield { best, text: run.map(postingText).join(" ") };
      }
    },
  };
}

Deno.test("a heap gives what was put in by its order", () => {
  fc.assert(fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (first, later) => {
    const heap = new Heap((a: number, b: number) => a - b, [...first]);
    for (const item of later) heap.push(item);
    const taken = [...first, ...later].map(() => heap.pop());
    assertEquals(taken, [...first, ...later].sort((a, b) => a - b));
    assertEquals(heap.pop(), undefined);
  }));
});

Deno.test("the best of many runs are had by reading those that have them", async () => {
  const runs = Array.from({ length: 200 }, (_, run) =>
    Array.from({ length: 50 }, (_, at) => ({
      at: run * 50 + at,
      score: 500_000 + (run * 7_919 + at * 104_729) % 500_000,
    })));
  const opened = { count: 0 };
  const best: Posting[] = [];
  for await (const posting of rankedBy(termOf(runs, opened), [])) {
    if (best.push(posting) === 10) break;
  }
  assertEquals(best, runs.flat().sort(compareRank).slice(0, 10));
  assert(opened.count <= 12, `${opened.count} runs`);
});

Deno.test("of equal documents those before others come first, and one run is read for them", async () => {
  const runs = Array.from(
    { length: 100 },
    (_, run) => Array.from({ length: 20 }, (_, at) => ({ at: run * 20 + at, score: 1 })),
  );
  const opened = { count: 0 };
  const first: number[] = [];
  for await (const { at } of rankedBy(termOf(runs, opened), [])) {
    if (first.push(at) === 20) break;
  }
  assertEquals(first, [...Array(20).keys()]);
  assert(opened.count <= 2, `${opened.count} runs`);
});

Deno.test("what would be too much to hold is said, and nothing is left out in silence", async () => {
  const run = Array.from({ length: MOST_HELD + 1 }, (_, at) => ({ at, score: 1_000 }));
  const told = /more than 250000 documents would be sorted/;
  await assertRejects(() => rankedBySum([termOf([run]), termOf([])], []), Error, told.source);
  // Each run ends with what comes last of all, so all of them are held.
  const split = Array.from(
    { length: MOST_HELD / 1_000 + 1 },
    (_, part) =>
      Array.from(
        { length: 1_001 },
        (_, at) => ({ at: part * 1_001 + at, score: at === 0 ? 2 : 1 }),
      ),
  );
  await assertRejects(
    async () => {
      for await (const _ of rankedBy(termOf(split), [])) continue;
    },
    Error,
    told.source,
  );
});
