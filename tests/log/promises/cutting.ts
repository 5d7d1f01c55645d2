import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../../src/kernel/clock.ts";
import { LedgerError } from "../../../src/kernel/errors.ts";
import type { Chain } from "../../../src/log/chain.ts";
import { beginLines } from "../../../src/log/begin_lines.ts";
import type { CutRule } from "../../../src/log/cut.ts";
import {
  eventLine,
  parseChainLine,
  parseEventLine,
  parseRowLine,
} from "../../../src/log/event_line.ts";
import type { Head } from "../../../src/log/head.ts";
import { mergeSegments } from "../../../src/log/merge.ts";
import {
  clearRewound,
  type Destination,
  finishRewinding,
  refuseUnknown,
  rewindAll,
  snapshotOf,
} from "../../../src/log/rewinding.ts";
import { changedStore, dyingStore } from "../../support/changed_store.ts";
import { counting, event, offset, readAll, seen, TestLog, withLog } from "../../support/chains.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import type { Promises } from "../promises.ts";

/** Rows of a chain that may be cut. */
const cuttable = { ...counting, mayBeCut: true };

const always = () => Promise.resolve(true);

/** Cuts so that `bytes` of data may stay. */
function cutTo(chain: Chain, bytes: number, more: Partial<CutRule> = {}): Promise<number> {
  const rule = { before: -Infinity, bytes, isWanted: always, counts: () => true, ...more };
  return chain.cut(rule, always);
}

/** Commits of one event of ten bytes each, of which every third has a producer. */
async function fill(chain: Chain, count: number, from = 0): Promise<void> {
  for (let at = from; at < from + count; at++) {
    const data = String(at).padStart(10, "0");
    const made = event(data, at % 5 === 3 ? "drop" : "t", [`k${at % 7}`]);
    const producer = { id: `p${at % 3}`, epoch: 0, seq: Math.floor(at / 3) };
    await chain.append([{ ...made, producer }]);
  }
}

async function assertSound(chain: Chain): Promise<void> {
  assertEquals((await chain.verify()).ok, true);
  assertEquals(await chain.compareRows(), undefined);
  const rows = await chain.rows(["seen"], 100);
  await chain.rebuild();
  assertEquals(await chain.rows(["seen"], 100), rows);
  assertEquals((await chain.verify()).ok, true);
}

/** Others may keep moving a chain for as long as it is tried. */
function busy(error: unknown): void {
  if (!(error instanceof LedgerError) || error.code !== "store_busy") throw error;
}

async function gone(reading: () => Promise<unknown>, first: number): Promise<void> {
  const error = await assertRejects(reading, LedgerError);
  assertEquals([error.code, error.details.first], ["offset_gone", first]);
}

async function headOf(chain: Chain): Promise<Head> {
  const head = await chain.head();
  assert(head !== undefined);
  return head;
}

/** What a log promises of a chain whose beginning is cut off. */
export const cuttingPromises: Promises = {
  "a chain whose beginning was cut off goes on with its offsets, ids, hashes and rows": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      await fill(chain, 300);
      const before = await headOf(chain);
      const rows = await chain.rows(["seen"], 100);
      const events = (await readAll(chain)).map(seen);
      assertEquals(await cutTo(chain, 1_000), 200);
      const { base, ...head } = await headOf(chain);
      assertEquals(head, before);
      assertEquals([base?.first, base?.reach, base?.commits, base?.bytes], [200, 200, 200, 2_000]);
      assertEquals((await readAll(chain)).map(seen), events.slice(200));
      assertEquals(await chain.rows(["seen"], 100), rows);
      await assertSound(chain);
      // Producers' numbers count on, and are those of the log.
      await fill(chain, 30, 300);
      await assertSound(chain);
      assertEquals(await cutTo(chain, 500), 280);
      await assertSound(chain);
      const report = await chain.verify();
      assertEquals(report.ok && [report.events, report.commits], [50, 50]);
    });
  },

  "whoever reads from before a cut hears that it is gone, and where the chain begins": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      await fill(chain, 100);
      const ids = (await chain.read(0, 100)).map(({ id }) => id);
      const follower = await chain.attach(3, () => {});
      assertEquals(await cutTo(chain, 400), 60);
      await gone(() => chain.startOf(offset(59)), 60);
      await gone(() => chain.startOf({ at: "after", id: ids[58] ?? "" }), 60);
      await gone(() => chain.read(10, 1), 60);
      assertEquals(await chain.startOf({ at: "after", id: ids[59] ?? "" }), 60);
      assertEquals(await chain.startOf({ at: "earliest" }), 60);
      assertEquals(await chain.startOf({ at: "time", time: 0 }), 60);
      assertEquals((await chain.readBackward(100, 1_000)).length, 40);
      await gone(async () => {
        const batch = follower.peek();
        if (batch instanceof Promise) await batch;
        else throw new Error("it is at hand");
      }, 60);
      follower.close();
    });
  },

  "what counts for nobody is cut off as well, and nobody misses it": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      for (let at = 0; at < 40; at++) {
        await chain.append([event("0123456789", at < 10 ? "t" : "u")]);
      }
      const counts = (type: string) => type === "t";
      assertEquals(await cutTo(chain, 100, { counts }), 30);
      assertEquals((await headOf(chain)).base?.reach, 10);
      assertEquals(await chain.startOf(offset(10)), 30);
      const follower = await chain.attach(12, () => {});
      const reading = follower.peek();
      if (reading instanceof Promise) await reading;
      assertEquals(follower.offset, 30);
      // All of it may go.
      assertEquals(await cutTo(chain, 0, { counts }), 40);
      const late = await chain.attach(13, () => {});
      const empty = late.peek();
      if (empty instanceof Promise) await empty;
      assertEquals([late.offset, await readAll(chain)], [40, []]);
      follower.close();
      late.close();
      await assertSound(chain);
      await chain.append([event("more")]);
      assertEquals((await readAll(chain)).map(({ data }) => data), ["more"]);
      await assertSound(chain);
    });
  },

  "what is too old is cut off by time, commit by commit": async (place) => {
    const clock = new FakeClock();
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      const times: number[] = [];
      for (let at = 0; at < 20; at++) {
        times.push(clock.now());
        await chain.append([event("a"), event("b"), event("c")]);
        clock.advance(1_000);
      }
      assertEquals(await cutTo(chain, Infinity, { before: times[12] ?? 0 }), 36);
      assertEquals((await chain.read(36, 1))[0]?.time, times[12]);
      await assertSound(chain);
    }, { clock });
  },

  "a cut goes through segments that were merged, and merging goes on": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("c", cuttable);
      const never = new AbortController().signal;
      for (let round = 1; round <= 3; round++) {
        await fill(chain, 150, 150 * (round - 1));
        await mergeSegments(store, "c", never, 5);
        const first = 150 * round - 77;
        assertEquals(await cutTo(chain, 770), first);
        const events = await readAll(chain);
        assertEquals([events.length, events[0]?.offset], [77, first]);
        await assertSound(chain);
      }
      for (let n = 0; n < 3; n++) await chain.append([event("y".repeat(200_000))]);
      assertEquals(await cutTo(chain, 200_000), 452);
      await assertSound(chain);
    });
  },

  "wherever a cut is interrupted, the chain begins where it did or where it is to": async (
    place,
  ) => {
    await withLog(place, async (_, store) => {
      for (let commits = 0;; commits++) {
        const log = new TestLog(changedStore(store, { close() {} }));
        const chain = log.chain(`cut ${commits}`, cuttable);
        await fill(chain, 80);
        await log.close();
        const killed = new TestLog(dyingStore(store, commits));
        const first = await cutTo(killed.chain(chain.name, cuttable), 100).catch(() => undefined);
        await killed.close();
        const after = new TestLog(changedStore(store, { close() {} }));
        const again = after.chain(chain.name, cuttable);
        assertEquals((await headOf(again)).base?.first, [undefined, 32, 64, 70][commits]);
        await assertSound(again);
        await fill(again, 3, 80);
        assertEquals(await cutTo(again, 100), 73);
        await assertSound(again);
        assert(await again.drop(always));
        assertEquals(
          await store.list({ start: ["row", chain.name], end: ["row", `${chain.name}\0`] }, 1),
          [],
        );
        await after.close();
        if (first !== undefined) return;
      }
    });
  },

  "nothing is cut off while appends go on beside it, but what is to go": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      await fill(chain, 200);
      const appending = fill(chain, 200, 200);
      for (let n = 0; n < 10; n++) await cutTo(chain, 500);
      await appending;
      assertEquals(await cutTo(chain, 500), 350);
      assertEquals((await readAll(chain)).length, 50);
      await assertSound(chain);
    });
  },

  "of several who cut a chain and write it at once each finds it whole": async (place) => {
    if (!place.isShared) return;
    await withLog(place, async (log) => {
      await withLog(place, async (other) => {
        const chains = [log.chain("c", cuttable), other.chain("c", cuttable)];
        const work = chains.map(async (chain) => {
          for (let n = 0; n < 40; n++) {
            await chain.append([event("0123456789", "t", [`k${n % 7}`])]);
            if (n % 10 === 9) await cutTo(chain, 200).catch(busy);
          }
        });
        await Promise.all(work);
        for (const chain of chains) await cutTo(chain, 200);
        for (const chain of chains) {
          assertEquals((await readAll(chain)).length, 20);
          await assertSound(chain);
        }
      });
    });
  },

  "nothing is cut off that a snapshot may have there again, or that is wanted": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      await fill(chain, 50);
      assertEquals(await cutTo(chain, 100, { isWanted: () => Promise.resolve(false) }), 0);
      await snapshotOf(log, () => true, "s");
      assertEquals(await cutTo(chain, 100), 0);
      assertEquals((await headOf(chain)).base, undefined);
    });
  },

  "a chain that was cut goes back to what it has, and to before all of it": async (place) => {
    const clock = new FakeClock();
    await withLog(place, async (log) => {
      const times: number[] = [];
      const chain = log.chain("c", cuttable);
      for (let at = 0; at < 90; at++) {
        times.push(clock.now());
        await fill(chain, 1, at);
        clock.advance(10);
      }
      await cutTo(chain, 500);
      const whole = (await readAll(chain)).map(seen);
      const back = async (to: Destination) => {
        const end = await log.retire(() => true);
        await refuseUnknown(log.store, to);
        const rewound = await rewindAll(log, () => true, to);
        await end();
        await finishRewinding(log.store);
        const signal = new AbortController().signal;
        const clearing = clearRewound(log.store, rewound, { clock: systemClock, signal });
        await clearing;
        return log.chain("c", cuttable);
      };
      for (
        const [to, left] of [[{ time: times[70] ?? 0 }, 30], [
          { chain: "c", offset: 55 },
          15,
        ]] as const
      ) {
        const gone = await back(to);
        assertEquals((await readAll(gone)).map(seen), whole.slice(0, left));
        await assertSound(gone);
      }
      await assertRejects(() => back({ chain: "c", offset: 39 }), LedgerError, "so early");
      const empty = await back({ time: times[3] ?? 0 });
      assertEquals([(await empty.head())?.next, await readAll(empty)], [40, []]);
      await assertSound(empty);
      await fill(empty, 5, 40);
      await assertSound(empty);
      const none = await back({ beginning: true });
      assertEquals(await none.head(), undefined);
      assertEquals(await log.store.list({ start: ["row", "c"], end: ["row", "c\0"] }, 1), []);
      await fill(none, 5);
      await assertSound(none);
    }, { clock });
  },

  "a chain is not cut whose ledger does not say that it may be": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", counting);
      await fill(chain, 50);
      await assertRejects(() => cutTo(chain, 100), LedgerError, "keeps all");
      assertEquals((await headOf(chain)).base, undefined);
    });
  },

  "an export of a chain that was cut makes the same chain": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("c", cuttable);
      await fill(chain, 120);
      await cutTo(chain, 600);
      const { text, first, next } = await beginLines(chain, await headOf(chain));
      const [line = "", ...rows] = text.trimEnd().split("\n");
      const copy = log.chain("copy", cuttable);
      const events = async function* () {
        for await (const batch of chain.batches(first)) {
          for (let at = 0; at < batch.count; at++) yield parseEventLine(eventLine(batch, at));
        }
      };
      const given = async function* () {
        yield rows.map(parseRowLine);
      };
      const begun = { ...parseChainLine(line), rows: given() };
      assertEquals(await copy.import(begun, events()), { events: 60, known: 0 });
      assertEquals((await readAll(copy)).map(seen), (await readAll(chain)).map(seen));
      assertEquals(await copy.rows(["seen"], 100), await chain.rows(["seen"], 100));
      assertEquals((await headOf(copy)).next, next);
      await assertSound(copy);
      // Once more, it is known.
      assertEquals(await copy.import({ ...begun, rows: given() }, events()), {
        events: 0,
        known: 60,
      });
      await fill(copy, 10, 120);
      await assertSound(copy);
    });
  },
};
