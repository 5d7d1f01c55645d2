import { assert, assertEquals } from "@std/assert";
import { isUlid, ulidTime } from "../../../src/kernel/ids.ts";
import type { Promises } from "../promises.ts";
import { event, events, readAll, withLog } from "../../support/chains.ts";
import { SteppedClock } from "../../support/fake_clock.ts";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

export const idPromises: Promises = {
  "ids and times never go back, whatever the clock does, across reopening": async (place) => {
    const start = Date.UTC(2026, 5, 1);
    const clock = new SteppedClock(start);
    const steps = [0, 1, -HOUR, 0, YEAR, -YEAR, 0, 5, -HOUR, YEAR + HOUR];
    const times: number[] = [];
    let latest = 0;
    for (const [at, step] of steps.entries()) {
      clock.time += step;
      latest = Math.max(latest, clock.time);
      await withLog(place, async (log) => {
        const chain = log.chain("clocks");
        await chain.append(events(3, at));
        await chain.append([event("again")]);
      }, { clock });
      times.push(...Array(4).fill(latest));
    }
    await withLog(place, async (log) => {
      const all = await readAll(log.chain("clocks"));
      assertEquals(all.map(({ offset }) => offset), [...Array(steps.length * 4).keys()]);
      assertEquals(all.map(({ time }) => time), times);
      let last = "";
      for (const { id, time } of all) {
        assert(isUlid(id) && id > last, `${id} after ${last}`);
        assert(ulidTime(id) >= time);
        last = id;
      }
      assertEquals((await log.chain("clocks").verify()).ok, true);
    });
  },

  "ids of one commit carry out of their random part and stay in order": async (place) => {
    const clock = new SteppedClock();
    const ids = () => "01ARYZ6S41ZZZZZZZZZZZZZZZZ";
    await withLog(place, async (log) => {
      const chain = log.chain("carry");
      await chain.append(events(3));
      const given = (await readAll(chain)).map(({ id }) => id);
      assertEquals(given, [
        "01ARYZ6S41ZZZZZZZZZZZZZZZZ",
        "01ARYZ6S420000000000000000",
        "01ARYZ6S420000000000000001",
      ]);
    }, { clock, ids });
  },
};
