import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { Store } from "../../../src/kv/store.ts";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { LedgerError } from "../../../src/kernel/errors.ts";
import type { Log } from "../../../src/log/log.ts";
import type { RowListing } from "../../../src/log/row_reader.ts";
import {
  clearRewound,
  type Destination,
  finishRewinding,
  rewindAll,
  snapshotOf,
  unfinishedRewinding,
} from "../../../src/log/rewinding.ts";
import { dropSnapshot, listSnapshots } from "../../../src/log/snapshots.ts";
import type { Chain } from "../../../src/log/chain.ts";
import type { Promises } from "../promises.ts";
import {
  counting,
  earliest,
  event,
  events,
  follow,
  followTo,
  readAll,
  seen,
  type TestLog,
  withLog,
} from "../../support/chains.ts";

const all = () => true;

/** Takes chains back as a server does: nobody has any of them in hand. */
async function goBack(log: Log, to: Destination): Promise<string[]> {
  const end = await log.retire(all);
  const rewound = await rewindAll(log, all, to);
  await end();
  await finishRewinding(log.store);
  const never = new AbortController().signal;
  await clearRewound(log.store, rewound, { clock: log.clock, signal: never });
  return [...rewound.keys()].sort();
}

/** Events that set rows, and delete some of them again. */
function mixture(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    return event(at, at % 5 === 3 ? "drop" : `t${at % 3}`, [`k${at % 40}`, `k${(at * 13) % 200}`]);
  });
}

const LISTINGS: readonly RowListing[] = [
  {},
  { reverse: true },
  { after: ["seen", "k13"] },
  { before: ["seen", "k17"], reverse: true },
  { from: ["seen", "k2"], before: ["seen", "k30"] },
];

/** All that can be asked of a chain but for its epoch and the generation of its rows. */
async function answers(chain: Chain) {
  const head = await chain.head();
  const keys = Array.from({ length: 60 }, (_, at) => ["seen", `k${at}`]);
  return {
    head: head === undefined ? undefined : [head.next, head.hash, head.id, head.time, head.bytes],
    commits: head?.commits,
    events: (await readAll(chain)).map(seen),
    rows: await Promise.all(keys.map((key) => chain.row(key))),
    lists: await Promise.all(
      [1, 7, 1_000].flatMap((limit) => LISTINGS.map((at) => chain.rows(["seen"], limit, at))),
    ),
  };
}

async function assertSound(log: TestLog, name: string): Promise<void> {
  const chain = log.chain(name);
  assertEquals((await chain.verify()).ok, true);
  assertEquals(await chain.compareRows(), undefined);
}

export const rewindingPromises: Promises = {
  "a snapshot changes no answer, and what it kept is there again as often as one goes back": async (
    place,
  ) => {
    await withLog(place, async (log, store) => {
      log.chain("a", counting);
      for (let at = 0; at < 200; at += 20) await log.chain("a").append(mixture(20, at));
      const before = await answers(log.chain("a"));
      const { number, chains } = await snapshotOf(log, all, "first");
      assertEquals(chains, 1);
      assertEquals(await answers(log.chain("a")), before);
      for (let times = 1; times <= 3; times++) {
        for (let at = 0; at < 60; at += 3) await log.chain("a").append(mixture(3, 500 + 7 * at));
        await assertSound(log, "a");
        const epoch = (await log.chain("a").head())?.epoch;
        assertEquals(await goBack(log, { snapshot: number }), ["a"]);
        assertEquals(await answers(log.chain("a")), before);
        assertNotEquals((await log.chain("a").head())?.epoch, epoch);
        await assertSound(log, "a");
      }
      // Nothing came after: it is the same life.
      const { epoch } = await log.chain("a").head() ?? {};
      assertEquals(await goBack(log, { snapshot: number }), []);
      assertEquals((await log.chain("a").head())?.epoch, epoch);
      assertEquals(await generations(store, "a"), 1);
      await dropSnapshot(store, number);
      assertEquals(await listSnapshots(store), []);
      await log.chain("a").rebuild();
      assertEquals((await answers(log.chain("a"))).rows, before.rows);
    });
  },

  "snapshots lie upon each other, and those of what is no more are gone": async (place) => {
    await withLog(place, async (log, store) => {
      log.chain("a", counting);
      log.chain("b", counting);
      const kept: Awaited<ReturnType<typeof answers>>[] = [];
      for (let step = 0; step < 12; step++) {
        await log.chain("a").append(mixture(11, step * 17));
        if (step === 4) await log.chain("b").append(mixture(3));
        kept.push(await answers(log.chain("a")));
        assertEquals((await snapshotOf(log, all, `${step}`)).number, step + 1);
      }
      for (const step of [10, 6, 3, 0]) {
        await log.chain("a").append(events(5));
        await goBack(log, { snapshot: step + 1 });
        assertEquals(await answers(log.chain("a")), kept[step], `${step}`);
        await assertSound(log, "a");
        assertEquals(await log.chain("b").head() === undefined, step < 4);
        assertEquals(
          (await listSnapshots(store)).map(({ name }) => name),
          Array.from({ length: step + 1 }, (_, at) => `${at}`),
        );
      }
      // A number is never given again.
      assertEquals((await snapshotOf(log, all, "")).number, 13);
    });
  },

  "a chain goes back to any offset, to a moment, and to its beginning": async (place) => {
    let now = Date.UTC(2026, 0, 1);
    const clock: Clock = { ...systemClock, now: () => now };
    await withLog(place, async (log) => {
      log.chain("a", counting);
      const kept: Awaited<ReturnType<typeof answers>>[] = [];
      for (let at = 0; at < 30; at++) {
        now += 1_000;
        kept.push(await answers(log.chain("a")));
        await log.chain("a").append(mixture(4, 4 * at));
        if (at === 12) await snapshotOf(log, all, "");
      }
      await log.chain("b").append(events(3));
      // Inside of a commit that is its beginning.
      for (const offset of [101, 80, 61, 44]) {
        assertEquals(await goBack(log, { chain: "a", offset }), ["a"]);
        assertEquals(await answers(log.chain("a")), kept[Math.floor(offset / 4)], `${offset}`);
        await assertSound(log, "a");
      }
      await goBack(log, { time: Date.UTC(2026, 0, 1) + 6_000 });
      assertEquals(await answers(log.chain("a")), kept[5]);
      assertEquals(await log.chain("b").head(), undefined);
      await log.chain("a").append(events(1));
      assertEquals(await goBack(log, { beginning: true }), ["a"]);
      assertEquals(await answers(log.chain("a")), kept[0]);
      // Rows of the life before are nobody's.
      await log.chain("a").append(events(2));
      assertEquals(await log.chain("a").rows(["seen"], 10), []);
      await assertSound(log, "a");
    }, { clock });
  },

  "followers hear that the life of a chain is over, and come back to the next": async (place) => {
    await withLog(place, async (log) => {
      await log.chain("a").append(events(10));
      await log.chain("b").append(events(1));
      const { number } = await snapshotOf(log, all, "");
      await log.chain("a").append(events(5, 10));
      let isThere = () => {};
      const reached = new Promise<void>((resolve) => isThere = resolve);
      const codes = ["a", "b"].map((name) => {
        const end = name === "a" ? 15 : 1;
        const following = follow(log.chain(name), earliest, (told) => {
          if (told.kind !== "event" && told.next >= end && name === "a") isThere();
          return false;
        });
        return assertRejects(() => following, LedgerError).then(({ code }) => code);
      });
      await reached;
      await goBack(log, { snapshot: number });
      assertEquals(await Promise.all(codes), ["epoch_mismatch", "closed"]);
      await log.chain("a").append([event("other")]);
      const told = await followTo(log.chain("a"), earliest, 11);
      assertEquals(told.map(({ data }) => String(data)), [..."0123456789", "other"]);
    });
  },

  "many segments, large events and merged ones are cut off where they are": async (place) => {
    await withLog(place, async (log) => {
      const large = "x".repeat(150_000);
      for (let at = 0; at < 40; at++) {
        await log.chain("a", counting).append([event(at % 9 === 8 ? large : at, "t", [`k${at}`])]);
      }
      const before = await answers(log.chain("a"));
      const { number } = await snapshotOf(log, all, "");
      for (let at = 0; at < 1_100; at++) {
        const append = log.chain("a").append([event(at % 300 === 7 ? large : at)]);
        if (at % 25 === 0) await append;
      }
      await goBack(log, { snapshot: number });
      assertEquals(await answers(log.chain("a")), before);
      await assertSound(log, "a");
      for (let at = 0; at < 30; at++) await log.chain("a").append(events(1));
      assertEquals(await goBack(log, { chain: "a", offset: 21 }), ["a"]);
      assertEquals((await readAll(log.chain("a"))).length, 21);
      await assertSound(log, "a");
    }, { merge: { every: 8, lag: 4 } });
  },

  "a chain of more segments than one operation takes goes back as well, and to nothing": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      log.chain("a", counting);
      for (let at = 0; at < 20; at++) await log.chain("a").append(mixture(1, at));
      const before = await answers(log.chain("a"));
      const { number } = await snapshotOf(log, all, "");
      for (const to of [{ snapshot: number }, { beginning: true }] as const) {
        for (let at = 0; at < 1_000; at++) await log.chain("a").append(events(1));
        await goBack(log, to);
        if ("snapshot" in to) assertEquals(await answers(log.chain("a")), before);
        else assertEquals(await log.chain("a").head(), undefined);
        await assertSound(log, "a");
      }
    }, { merge: { every: 1_000_000, lag: 4 } });
  },

  "a chain that a snapshot has is not taken away": async (place) => {
    await withLog(place, async (log, store) => {
      await log.chain("a").append(events(3));
      const { number } = await snapshotOf(log, all, "");
      const wanted = () => Promise.resolve(true);
      assertEquals(await log.chain("a").drop(wanted), false);
      await dropSnapshot(store, number);
      assertEquals(await log.chain("a").drop(wanted), true);
    });
  },

  "what was cut off while chains went back is known, and can be done again": async (place) => {
    await withLog(place, async (log, store) => {
      for (const name of ["a", "b", "c"]) await log.chain(name, counting).append(mixture(9));
      const { number } = await snapshotOf(log, all, "");
      const before = await Promise.all([..."abc"].map((name) => answers(log.chain(name))));
      for (const name of ["a", "b", "c"]) await log.chain(name).append(mixture(9));
      await log.retire(all);
      let asked = 0;
      const cut = () => {
        if (++asked > 1) throw new Error("cut off");
        return true;
      };
      await assertRejects(() => rewindAll(log, cut, { snapshot: number }), Error, "cut off");
      const to = await unfinishedRewinding(store);
      assertEquals(to, { snapshot: number });
      assert(to !== undefined);
      assertEquals(await goBack(log, to), ["b", "c"]);
      assertEquals(await unfinishedRewinding(store), undefined);
      assertEquals(await Promise.all([..."abc"].map((name) => answers(log.chain(name)))), before);
    });
  },
};

/** How many generations of a chain have rows. */
async function generations(store: Store, chain: string): Promise<number> {
  const entries = await store.list({ start: ["row", chain], end: ["row", chain, true] }, 10_000);
  return new Set(entries.map(({ key }) => key[2])).size;
}
