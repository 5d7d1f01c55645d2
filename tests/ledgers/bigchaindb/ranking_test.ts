import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Heap } from "../../../src/kernel/heap.ts";
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
import {
  LOOKED_INTO,
  rankedByBest,
} from "../../../src/ledgers/bigchaindb/search/ranking_of_several.ts";
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

/** Terms with loose postings and runs, of few offsets and scores so that many are alike. */
const anyTerms = fc.array(
  fc.record({
    loose: fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 5 }))),
    runs: fc.uniqueArray(fc.nat(60), { maxLength: 40 }),
    size: fc.integer({ min: 1, max: 7 }),
    spread: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 4 },
);

Deno.test("the best of several terms are told in the order of their sums, as if all were read", async () => {
  const property = fc.asyncProperty(anyTerms, fc.array(fc.nat(70)), async (given, named) => {
    const terms = given.map(({ loose, runs, size, spread }): TermPostings => {
      const postings = runs.map((at) => ({ at, score: 1 + (at * 31) % spread }))
        .sort(compareRank);
      const parts: Posting[][] = [];
      for (let at = 0; at < postings.length; at += size) parts.push(postings.slice(at, at + size));
      return { ...termOf(parts), loose: new Map(loose) };
    });
    const more = named.map((at) => ({ at, score: 3 }));
    const expected = [...await rankedBySum(terms, more)];
    const scores = new Map(expected.map(({ at, score }) => [at, score]));
    const extra = (at: number) => 3 * named.filter((each) => each === at).length;
    const scoreAt = (at: number) => Promise.resolve((scores.get(at) ?? 0) - extra(at));
    const told: Posting[] = [];
    for await (const posting of rankedByBest(terms, more, scoreAt)) told.push(posting);
    assertEquals(told, expected);
  });
  await fc.assert(property, { numRuns: 500 });
});

Deno.test("a page of several terms needs few of their runs, and few documents", async () => {
  const of = (step: number) =>
    Array.from({ length: 200 }, (_, run) =>
      Array.from({ length: 50 }, (_, at) => {
        const offset = (run * 50 + at) * step;
        return { at: offset, score: 500_000 + (offset * 104_729) % 500_000 };
      }).sort(compareRank));
  const sorted = (runs: Posting[][]) => {
    const all = runs.flat().sort(compareRank);
    return runs.map((_, at) => all.slice(at * 50, at * 50 + 50));
  };
  const opened = { count: 0 };
  const terms = [of(1), of(3)].map((runs) => termOf(sorted(runs), opened));
  const expected = [...await rankedBySum(terms, [])].slice(0, 10);
  const sums = new Map([...await rankedBySum(terms, [])].map(({ at, score }) => [at, score]));
  opened.count = 0;
  let looked = 0;
  const scoreAt = (at: number) => {
    looked++;
    return Promise.resolve(sums.get(at) ?? 0);
  };
  const told: Posting[] = [];
  for await (const posting of rankedByBest(terms, [], scoreAt)) {
    if (told.push(posting) === 10) break;
  }
  assertEquals(told, expected);
  assert(opened.count < 100, `${opened.count} runs`);
  assert(looked <= LOOKED_INTO, `${looked} documents`);
});

Deno.test("where very many documents are alike all is read, and none is told twice or left out", async () => {
  const run = Array.from({ length: 4 * LOOKED_INTO }, (_, at) => ({ at, score: 7 }));
  const half = Array.from({ length: 8 }, (_, at) => run.slice(at * 50, at * 50 + 50));
  const terms = [termOf(half), termOf(half.toReversed()), termOf([[{ at: 390, score: 1 }]])];
  const expected = [...await rankedBySum(terms, [])];
  let looked = 0;
  const scoreAt = (at: number) => {
    looked++;
    return Promise.resolve(at === 390 ? 15 : 14);
  };
  const told: Posting[] = [];
  for await (const posting of rankedByBest(terms, [], scoreAt)) told.push(posting);
  assertEquals(told, expected);
  assertEquals(looked <= LOOKED_INTO, true);
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
