import { assert, assertEquals } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import type { Store } from "../../src/kv/store.ts";
import { segmentKey } from "../../src/log/keys.ts";
import { mergeSegments } from "../../src/log/merge.ts";
import { type Found, readAround } from "../../src/log/salvage.ts";
import { changedStore } from "../support/changed_store.ts";
import { event, events, inMemory, TestLog } from "../support/chains.ts";
import { Prng } from "../support/prng.ts";

const CHAIN = "salvaged";

async function offsetsOf(found: AsyncIterable<Found>) {
  const read: number[] = [];
  const gaps: [number, number][] = [];
  for await (const { batch, gap } of found) {
    if (gap === undefined) read.push(...[...batch.events()].map(({ offset }) => offset));
    else gaps.push([gap.from, gap.to]);
  }
  return { read, gaps };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

Deno.test("in a segment of many records one that is damaged takes none of the others away", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN);
    for (let at = 0; at < 60; at++) await chain.append(events(2, 2 * at));
    const { signal } = new AbortController();
    await mergeSegments(store, CHAIN, signal, 0);
    const key = segmentKey(CHAIN, 0);
    const { value } = await store.get<Uint8Array>(key);
    assert(value !== null);
    const random = new Prng(7);
    for (let round = 0; round < 50; round++) {
      const changed = value.slice();
      const at = random.below(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      await store.commit({ checks: [], sets: [{ key, value: changed }], deletes: [] });
      const { read, gaps } = await offsetsOf(readAround(store, CHAIN, 0, 120));
      const [[from, to] = [0, 0], ...more] = gaps;
      assertEquals([to - from, from % 2, more], [2, 0, []]);
      assertEquals(read, [...range(0, from), ...range(to, 120)]);
      const verified = await new TestLog(store).chain(CHAIN).verify();
      assertEquals(verified.ok ? [] : verified.damages.map(({ offset }) => offset), [from]);
    }
  });
});

Deno.test("whatever is taken away, the rest is read, in order and once", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN);
    const starts: number[] = [];
    for (let at = 0; at < 40; at++) {
      starts.push(at * 3);
      await chain.append(at % 10 === 7 ? [event("x".repeat(200_000)), ...events(2)] : events(3));
    }
    const random = new Prng(11);
    for (let round = 0; round < 20; round++) {
      const gone = starts.filter(() => random.below(5) === 0);
      const kept = await Promise.all(gone.map((start) => store.get(segmentKey(CHAIN, start))));
      await store.commit({
        checks: [],
        sets: [],
        deletes: gone.map((at) => segmentKey(CHAIN, at)),
      });
      const { read, gaps } = await offsetsOf(readAround(store, CHAIN, 0, 120));
      const lost = gaps.flatMap(([from, to]) => range(from, to));
      assertEquals([...read, ...lost].sort((a, b) => a - b), range(0, 120));
      assertEquals(read, read.toSorted((a, b) => a - b));
      for (const start of gone) assert(lost.includes(start), `${start} is told as read`);
      for (const start of starts) assert(gone.includes(start) || read.includes(start), `${start}`);
      for (const { key, value } of kept) {
        await store.commit({ checks: [], sets: [{ key, value }], deletes: [] });
      }
    }
  });
});

Deno.test("where the store itself is broken in the middle, what is behind the break is found", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN);
    for (let at = 0; at < 500; at++) await chain.append(events(1, at));
    // A leaf of the store's tree is gone: every list that touches it fails.
    const isBroken = ({ key }: { key: Deno.KvKey }) =>
      Number(key[2]) >= 100 && Number(key[2]) < 260;
    const half = changedStore(store, {
      list: async <T>(...args: Parameters<Store["list"]>) => {
        const entries = await store.list<T>(...args);
        if (entries.some(isBroken)) throw new LedgerError("damaged", "the store is broken");
        return entries;
      },
    });
    const { read, gaps } = await offsetsOf(readAround(half, CHAIN, 0, 500));
    assertEquals(read, [...range(0, 100), ...range(260, 500)]);
    assertEquals(gaps[0]?.[0], 100);
    assertEquals(gaps.at(-1)?.[1], 260);
    const verified = await new TestLog(half).chain(CHAIN).verify();
    assertEquals(verified.ok ? "ok" : verified.damages[0]?.offset, 100);
  });
});
