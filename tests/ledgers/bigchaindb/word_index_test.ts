/** The index of words, many documents deep, beside a search that looks at every document. */
import { assert, assertEquals } from "@std/assert";
import { searchText } from "../../../src/ledgers/bigchaindb/search/search.ts";
import { addDocument, wordEntries } from "../../../src/ledgers/bigchaindb/search/word_index.ts";
import { OPEN, type OpenRow } from "../../../src/ledgers/bigchaindb/search/word_tree.ts";
import { stemOf, wordsOf } from "../../../src/ledgers/bigchaindb/search/words.ts";
import { readModel } from "../../../src/ledgers/shared_bigchaindb/chain/events.ts";
import { atOnce } from "../../../src/kernel/steps.ts";
import type { Chain } from "../../../src/log/chain.ts";
import type { NewEvent } from "../../../src/log/event.ts";
import type { Projection } from "../../../src/log/projection.ts";
import { valueAt } from "../../../src/python/json.ts";
import { countingRows } from "../../support/changed_store.ts";
import { TestLog } from "../../support/chains.ts";
import { memoryPlace } from "../../support/stores.ts";

/** Indexes the metadata of every event. */
const words: Projection = {
  version: 1,
  async apply({ data, offset }, rows) {
    const entries = atOnce(
      wordEntries("metadata", valueAt(readModel(String(data)), "metadata") ?? null),
    );
    // As beside a large transaction, now and then.
    await addDocument(entries, offset, rows, offset % 11 !== 3);
  },
};

function documentEvent(texts: readonly string[], at: number): NewEvent {
  const id = at.toString(16).padStart(64, "0");
  const metadata = JSON.stringify({ texts });
  return {
    type: "CREATE",
    data: `{"height": 2, "transaction": {"metadata": ${metadata}, "id": "${id}"}}`,
  };
}

/** Numbers that look random, and are the same each time. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 on and below `count`; small ones are more frequent where `bend` is more than 1. */
  roll(count: number, bend = 1): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(count * (this.#state / 2 ** 32) ** bend);
  }
}

/** Words of which the first are frequent; none is another's stem, or a stop word. */
const VOCABULARY = Array.from({ length: 3_000 }, (_, at) => `q${at.toString(36)}x`);

function documents(count: number, dice: Dice): string[][] {
  return Array.from({ length: count }, () => {
    const texts = 1 + dice.roll(3);
    return Array.from({ length: texts }, () => {
      const length = 1 + dice.roll(80, 2);
      const of = () => VOCABULARY[dice.roll(VOCABULARY.length, 5)] ?? "";
      return Array.from({ length }, of).join(" ");
    });
  });
}

/** MongoDB's text score of each stem, as its documentation and code have it, in millionths. */
function scoresOf(texts: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const text of texts) {
    const stems = [...wordsOf(text.toLowerCase())].map((word) => stemOf(word) ?? "");
    for (const stem of new Set(stems)) {
      const count = stems.filter((each) => each === stem).length;
      let frequency = 0;
      for (let time = 0; time < count; time++) frequency += 1 / 2 ** time;
      const score = frequency * (0.5 * count / stems.length + 0.5) * (text === stem ? 1.1 : 1);
      scores.set(stem, (scores.get(stem) ?? 0) + score);
    }
  }
  return new Map([...scores].map(([stem, score]) => [stem, Math.round(score * 1_000_000)]));
}

/** The documents that have any of some stems, best first. */
function naive(all: readonly Map<string, number>[], stems: readonly string[]): number[] {
  return all.map((scores, at) => ({
    at,
    score: stems.reduce((sum, stem) => sum + (scores.get(stem) ?? 0), 0),
  })).filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.at - b.at)
    .map(({ at }) => at);
}

async function found(chain: Chain, search: string, limit?: number): Promise<number[]> {
  const hits: number[] = [];
  for await (const { id } of searchText(chain, "metadata", search, limit)) {
    hits.push(parseInt(id, 16));
  }
  return hits;
}

/** What a test is given: a chain whose metadata is indexed, and how many rows a task reads. */
interface Indexed {
  readonly chain: Chain;
  readsOf(task: () => Promise<unknown>): Promise<number>;
}

async function withWords(body: (indexed: Indexed) => Promise<void>): Promise<void> {
  const place = await memoryPlace();
  const store = await place.open();
  const counted = countingRows(store);
  const log = new TestLog(counted.store);
  try {
    await body({
      chain: log.chain("words", words),
      async readsOf(task) {
        const before = counted.reads;
        await task();
        return counted.reads - before;
      },
    });
  } finally {
    await log.close();
    store.close();
    await place.remove();
  }
}

/** Appends documents from the one at `from` on, in commits of up to `most`. */
async function append(
  chain: Chain,
  all: readonly (readonly string[])[],
  dice: Dice,
  { from = 0, most = 40 } = {},
): Promise<void> {
  for (let at = from; at < all.length;) {
    const some = all.slice(at, at + 1 + dice.roll(most));
    await chain.append(some.map((texts, index) => documentEvent(texts, at + index)));
    at += some.length;
  }
}

Deno.test("a search finds what a look at every document finds, in the same order", async () => {
  await withWords(async ({ chain }) => {
    const dice = new Dice(22);
    const all = documents(4_000, dice);
    const scores = all.map(scoresOf);
    for (let count = 800; count <= all.length; count += 800) {
      await append(chain, all.slice(0, count), dice, { from: count - 800 });
      const known = scores.slice(0, count);
      for (const rank of [0, 1, 7, 30, 200, 900, 2_500]) {
        const word = VOCABULARY[rank] ?? "";
        const other = VOCABULARY[300 + dice.roll(500)] ?? "";
        const hits = naive(known, [word]);
        assertEquals(await found(chain, word), hits, word);
        assertEquals(await found(chain, word, 5), hits.slice(0, 5), word);
        const either = naive(known, [word, other]);
        assertEquals(await found(chain, `${word} ${other}`), either);
        assertEquals(await found(chain, `${word} ${other}`, 7), either.slice(0, 7));
        const without = hits.filter((at) => !known[at]?.has(other));
        assertEquals(await found(chain, `${word} -${other}`), without);
        assertEquals(await found(chain, `${word} -${other}`, 3), without.slice(0, 3));
      }
    }
    // Two levels of nodes were split, and there are runs.
    const { splits } = await chain.row<OpenRow>(OPEN) ?? { splits: 0 };
    assert(splits >= 64, `${splits} splits`);
    assertEquals((await chain.rows(["r"], 10)).length, 10);
    assertEquals(await chain.compareRows(), undefined);
  });
});

Deno.test("a page of a frequent word needs few of its rows", async () => {
  await withWords(async ({ chain, readsOf }) => {
    const dice = new Dice(7);
    const some = () => Array.from({ length: 30 }, () => VOCABULARY[dice.roll(900)]).join(" ");
    const all = Array.from({ length: 6_000 }, (_, at) => [
      `common ${VOCABULARY[at % 2_000]} ${some()}`,
    ]);
    await append(chain, all, dice);
    const scores = all.map(scoresOf);
    const hits = naive(scores, ["common"]);
    const page = await readsOf(async () => {
      assertEquals(await found(chain, "common", 10), hits.slice(0, 10));
    });
    const pair = ["common", VOCABULARY[3] ?? ""];
    assertEquals(await found(chain, pair.join(" "), 10), naive(scores, pair).slice(0, 10));
    const rare = await readsOf(() => found(chain, VOCABULARY[1_500] ?? ""));
    assertEquals(await found(chain, "common"), hits);
    assert(page < 40, `${page} rows for a page`);
    assert(rare < 40, `${rare} rows for a rare word`);
  });
});

Deno.test("words that are chosen for one node, and long ones, make no row too large", async () => {
  await withWords(async ({ chain }) => {
    const dice = new Dice(3);
    const long = (at: number) => "ü".repeat(40) + at.toString(36);
    const all = Array.from({ length: 120 }, (_, at) => [
      Array.from({ length: 400 }, (_, n) => at % 2 === 0 ? long(at * 400 + n) : `w${at * n}z`).join(
        " ",
      ),
    ]);
    await append(chain, all, dice, { most: 1 });
    assertEquals(await found(chain, long(0)), [0]);
    assertEquals(await found(chain, "w0z"), naive(all.map(scoresOf), ["w0z"]));
    assertEquals(await chain.compareRows(), undefined);
  });
});
