import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import type { Store } from "../../../src/kv/store.ts";
import { droppedEntry, fetchHead } from "../../../src/log/head.ts";
import type { Promises } from "../promises.ts";
import { changedStore, dyingStore } from "../../support/changed_store.ts";
import { counting, event, events, TestLog, withLog } from "../../support/chains.ts";

const WANTED = () => Promise.resolve(true);

/** All keys of a store that are about chains. */
async function keysOf(store: Store): Promise<readonly Deno.KvKey[]> {
  const kinds = ["head", "log", "merge", "part", "row"];
  const found = await Promise.all(
    kinds.map((kind) => store.list({ start: [kind], end: [kind, true] }, 1_000)),
  );
  return found.flat().map(({ key }) => key);
}

/** What a log promises of a chain that is taken away. */
export const dropPromises: Promises = {
  "a chain that is taken away leaves nothing, and begins anew at offset 0 under its name": async (
    place,
  ) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("gone", counting);
      const other = log.chain("gone2", counting);
      await other.append([event("stays", "t", ["k"])]);
      const kept = await keysOf(store);
      const producer = { id: "p", epoch: 0, seq: 0 };
      await chain.append([{ ...event("x", "t", ["a", "b"]), producer }]);
      for (let n = 0; n < 40; n++) await chain.append([event("y".repeat(70_000))]);
      const before = (await chain.head())?.epoch;
      assertEquals(await chain.drop(() => Promise.resolve(false)), false);
      assertEquals((await chain.head())?.next, 41);
      assertEquals(await chain.drop(WANTED), true);
      assertEquals(await keysOf(store), kept);
      assertEquals([await chain.head(), await chain.row(["count", "t"])], [undefined, undefined]);
      assertEquals(await chain.drop(WANTED), false);
      // The producer's numbers are those of another life as well.
      await chain.append([{ ...event("z"), producer }]);
      const head = await chain.head();
      assertEquals([head?.next, await chain.row(["count", "t"])], [1, 1]);
      assert(head?.epoch !== before);
      assertEquals((await chain.read(0, 10)).map(({ data }) => data), ["z"]);
      assertEquals((await chain.verify()).ok && (await other.verify()).ok, true);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "a chain is not taken away from those who follow it": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("followed");
      await chain.append(events(3));
      const follower = await chain.attach(0, () => {});
      assertEquals(await chain.drop(WANTED), false);
      follower.close();
      assertEquals(await chain.drop(WANTED), true);
    });
  },

  "wherever taking a chain away is cut off, it is whole or gone, and can be written": async (
    place,
  ) => {
    await withLog(place, async (_, store) => {
      for (let commits = 0;; commits++) {
        const log = new TestLog(changedStore(store, { close() {} }));
        const chain = log.chain(`cut ${commits}`, counting);
        for (let n = 0; n < 5; n++) await chain.append([event("y".repeat(150_000), "t", [`${n}`])]);
        await log.close();
        const killed = new TestLog(dyingStore(store, commits));
        const isDropped = await killed.chain(chain.name, counting).drop(WANTED)
          .catch(() => undefined);
        await killed.close();
        const after = new TestLog(changedStore(store, { close() {} }));
        const again = after.chain(chain.name, counting);
        const next = (await again.head())?.next;
        assertEquals(next, commits === 0 ? 5 : undefined);
        await again.append([event("new")]);
        assertEquals((await again.verify()).ok, true);
        assertEquals(await again.row(["count", "t"]), commits === 0 ? 6 : 1);
        assertEquals(await again.compareRows(), undefined);
        await after.close();
        if (isDropped === true) return;
      }
    });
  },

  "whoever takes a chain away more slowly than another takes nothing of what begins after it":
    async (
      place,
    ) => {
      await withLog(place, async (log, store) => {
        const chain = log.chain("slow", counting);
        await chain.append([event("old", "t", ["k"])]);
        await store.commit({ checks: [], sets: [droppedEntry("slow")], deletes: [] });
        let isFirst = true;
        const slow = changedStore(store, {
          commit: async (mutation) => {
            if (isFirst) {
              isFirst = false;
              assertEquals((await fetchHead(store, "slow")).head, undefined);
              await chain.append([event("new", "t", ["k"])]);
            }
            return await store.commit(mutation);
          },
          close() {},
        });
        assertEquals((await fetchHead(slow, "slow")).head?.next, 1);
        assertEquals((await chain.read(0, 10)).map(({ data }) => data), ["new"]);
        assertEquals(await chain.row(["count", "t"]), 1);
        assertEquals((await chain.verify()).ok, true);
      });
    },

  "to whoever only reads, a chain that is being taken away is none": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("half", counting);
      await chain.append([event("x", "t", ["a"])]);
      await store.commit({ checks: [], sets: [droppedEntry("half")], deletes: [] });
      const bell = { listen() {}, silence() {}, close: () => Promise.resolve() };
      const reading = new TestLog(changedStore(store, { isReader: true, close() {} }), { bell });
      const seen = reading.chain("half", counting);
      assertEquals([await seen.head(), await seen.row(["count", "t"])], [undefined, undefined]);
      assertEquals(await seen.rows(["seen"], 10), []);
      await assertRejects(() => seen.drop(WANTED), LedgerError, "reading only");
      await reading.close();
    });
  },
};
