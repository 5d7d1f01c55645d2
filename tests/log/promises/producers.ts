import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import type { Promises } from "../promises.ts";
import { event, events, readAll, withLog } from "../../support/chains.ts";

const by = (seq: number, epoch = 0, id = "p") => ({ producer: { id, epoch, seq } });

export const producerPromises: Promises = {
  "an append sent again is answered again and written once, across reopening": async (place) => {
    for (let life = 0; life < 3; life++) {
      await withLog(place, async (log) => {
        const chain = log.chain("repeat");
        const told = await chain.append(events(3), by(0));
        assertEquals(told, { first: 0, next: 3, isRepeat: life > 0 });
        assertEquals(await chain.append(events(3), by(0)), { first: 0, next: 3, isRepeat: true });
        assertEquals((await readAll(chain)).length, 3);
      });
    }
  },

  "an append sent twice within one group is written once": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("group");
      const told = await Promise.all([
        chain.append([event("a"), event("b")], by(0)),
        chain.append([event("a"), event("b")], by(0)),
        chain.append([event("c")], by(1)),
        chain.append([event("a"), event("b")], by(0)),
        chain.append([event("c")], by(1)),
        chain.append([event("d")], by(0, 0, "another")),
      ]);
      assertEquals(told, [
        { first: 0, next: 2, isRepeat: false },
        { first: 0, next: 2, isRepeat: true },
        { first: 2, next: 3, isRepeat: false },
        { first: undefined, next: 3, isRepeat: true },
        { first: 2, next: 3, isRepeat: true },
        { first: 3, next: 4, isRepeat: false },
      ]);
      assertEquals((await readAll(chain)).map(({ data }) => data), ["a", "b", "c", "d"]);
    });
  },

  "a gap in a producer's sequence is refused": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("gap");
      await chain.append(events(1), by(0));
      const error = await assertRejects(() => chain.append(events(1), by(2)), LedgerError);
      assertEquals([error.code, error.details], ["producer_gap", { expected: 1, received: 2 }]);
      const first = await assertRejects(() => chain.append(events(1), by(1, 1)), LedgerError);
      assertEquals([first.code, first.details], ["producer_gap", { expected: 0, received: 1 }]);
      assertEquals((await readAll(chain)).length, 1);
    });
  },

  "a producer's new epoch fences the one before": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("fence");
      await chain.append(events(1), by(0));
      await chain.append(events(1), by(1));
      await chain.append(events(1), by(0, 3));
      const error = await assertRejects(() => chain.append(events(1), by(2)), LedgerError);
      assertEquals([error.code, error.details], ["producer_fenced", { epoch: 3 }]);
    });
    await withLog(place, async (log) => {
      const chain = log.chain("fence");
      const error = await assertRejects(() => chain.append(events(1), by(1)), LedgerError);
      assertEquals(error.code, "producer_fenced");
      assertEquals((await readAll(chain)).length, 3);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "a producer's numbers that are not whole are refused before anything is written": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("numbers");
      for (const [seq, epoch] of [[0, -1], [0, 0.5], [0, 2 ** 53], [NaN, 0]] as const) {
        await assertRejects(() => chain.append(events(1), by(seq, epoch)), RangeError);
      }
      await chain.append(events(1), by(0, Number.MAX_SAFE_INTEGER));
      const [only] = await readAll(chain);
      assertEquals(only?.producer, { id: "p", epoch: Number.MAX_SAFE_INTEGER, seq: 0 });
    });
  },
};
