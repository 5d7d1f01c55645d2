import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { MERGED_BYTES, SEGMENT_BYTES } from "../../../src/kernel/limits.ts";
import type { Store } from "../../../src/kv/store.ts";
import { segmentRange } from "../../../src/log/keys.ts";
import { mergeSegments } from "../../../src/log/merge.ts";
import { event, readAll, withLog } from "../../support/chains.ts";
import type { Promises } from "../promises.ts";

const NEVER = { merge: { every: Infinity, lag: 0 } };

async function segmentsOf(store: Store): Promise<Deno.KvKey[]> {
  return (await store.list(segmentRange("c", 0), 1_000)).map(({ key }) => key);
}

function merge(store: Store, lag = 0): Promise<number> {
  return mergeSegments(store, "c", new AbortController().signal, lag);
}

/** Merges all there is, and says in how many steps; it gives up after many. */
async function stepsOf(store: Store): Promise<number> {
  const enough = new AbortController();
  let steps = 0;
  await mergeSegments(store, "c", enough.signal, 0, () => {
    if (++steps === 50) enough.abort();
    return Promise.resolve();
  });
  return steps;
}

export const mergingPromises: Promises = {
  "small segments become full ones, and nothing that can be read changes": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let at = 0; at < 40; at++) await chain.append([event("x".repeat(5_000) + at)]);
      const before = await readAll(chain);
      const count = (await segmentsOf(store)).length;
      assertGreater(await merge(store), 20);
      assertLess((await segmentsOf(store)).length, count / 2);
      assertEquals(await readAll(chain), before);
      assertEquals((await chain.verify()).ok, true);
      for (const { offset, id } of before.filter((_, at) => at % 13 === 0)) {
        assertEquals((await chain.read(offset, 1))[0]?.id, id);
        assertEquals(await chain.locate({ at: "after", id }), offset + 1);
      }
      assertEquals(await merge(store), 0, "what is merged stays as it is");
    }, NEVER),

  "segments are merged up to what a look-up of any key reads quickly": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let at = 0; at < 400; at++) await chain.append([event("x".repeat(700))]);
      await merge(store);
      const entries = await store.list<Uint8Array>(segmentRange("c", 0), 1_000);
      const sizes = entries.map(({ value }) => value?.length ?? 0);
      assertLess(Math.max(...sizes), MERGED_BYTES + 1);
      assertGreater(sizes.filter((size) => size > MERGED_BYTES * 0.9).length, 15);
      assertEquals(await readAll(chain).then((all) => all.length), 400);
    }, NEVER),

  "merging passes over events larger than a segment": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      const large = "y".repeat(SEGMENT_BYTES * 2 + 5);
      for (const data of ["a", "b", large, "c", "d", large, large, "e", "f"]) {
        await chain.append([event(data)]);
      }
      for (let at = 0; at < 20; at++) await chain.append([event("z".repeat(3_000))]);
      const before = await readAll(chain);
      assertGreater(await merge(store), 0);
      assertEquals(await readAll(chain), before);
      assertEquals((await chain.verify()).ok, true);
    }, NEVER),

  "merging ends at a damaged segment, however many are behind it": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let at = 0; at < 150; at++) await chain.append([event(`${at}`)]);
      const [key] = (await segmentsOf(store)).slice(1);
      assert(key !== undefined);
      await store.commit({ checks: [], sets: [{ key, value: Uint8Array.of(1) }], deletes: [] });
      assertLess(await stepsOf(store), 3);
      assertEquals((await segmentsOf(store)).length, 150);
      assertEquals((await chain.read(0, 1))[0]?.data, "0");
    }, NEVER),

  "segments that are merged with nothing are passed over in few steps": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let at = 0; at < 100; at++) await chain.append([event("x".repeat(MERGED_BYTES))]);
      for (let at = 0; at < 20; at++) await chain.append([event("z".repeat(3_000))]);
      const before = await readAll(chain);
      assertLess(await stepsOf(store), 5);
      assertLess((await segmentsOf(store)).length, 110);
      assertEquals(await readAll(chain), before);
    }, NEVER),

  "the newest events are left alone": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let at = 0; at < 30; at++) await chain.append([event("x".repeat(3_000))]);
      await merge(store, 10);
      const firsts = (await segmentsOf(store)).map((key) => Number(key[2]));
      for (let offset = 20; offset < 30; offset++) assert(firsts.includes(offset));
    }, NEVER),

  "readers and writers go on while two processes merge": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      const stop = new AbortController();
      let isWriting = true;
      const read = async (from: number) => {
        let next = from;
        for await (
          const item of chain.follow({ from: { at: "offset", offset: from }, signal: stop.signal })
        ) {
          if (item.kind !== "event") continue;
          assertEquals(item.event.offset, next++);
          if (next === 300) return;
        }
      };
      await chain.append([event("first")]);
      const merging = [store, store].map(async (each) => {
        while (isWriting) await merge(each, 5);
      });
      const write = async () => {
        for (let at = 1; at < 299; at++) await chain.append([event("x".repeat(3_000))]);
        isWriting = false;
        await chain.append([event("last")]);
      };
      const readers = [read(0), read(1)];
      await write();
      await Promise.all([...merging, ...readers, read(0), read(150)]);
      stop.abort();
      assertEquals((await chain.verify()).ok, true);
    }, NEVER),

  "a writer merges by itself once it has made many small commits": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("c");
      for (let at = 0; at < 60; at++) await chain.append([event("x".repeat(3_000))]);
      await log.close();
      assertLess((await segmentsOf(store)).length, 60);
    }, { merge: { every: 20, lag: 2 } }),
};
