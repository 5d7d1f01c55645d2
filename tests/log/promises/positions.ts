import { assertEquals, assertRejects } from "@std/assert";
import { parsePosition } from "../../../src/kernel/position.ts";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { ulidAfter } from "../../../src/kernel/ids.ts";
import type { Promises } from "../promises.ts";
import { events, followTo, readAll, seen, withLog } from "../../support/chains.ts";
import { SteppedClock } from "../../support/fake_clock.ts";

const START = Date.UTC(2026, 0, 1);

export const positionPromises: Promises = {
  "every kind of position names an offset, and is read and followed from there": async (place) => {
    const clock = new SteppedClock(START);
    await withLog(place, async (log) => {
      const chain = log.chain("positions");
      // Commits of 1 to 7 events, a minute apart.
      for (let commit = 0; commit < 20; commit++) {
        clock.time = START + commit * 60_000;
        await chain.append(events(1 + commit % 7));
      }
      const all = await readAll(chain);
      const { length } = all;
      const last = all.at(-1)?.id ?? "";
      const cases: [from: unknown, offset: number][] = [
        ["earliest", 0],
        ["latest", length],
        [0, 0],
        ["17", 17],
        [length, length],
        ["2025-12-31", 0],
        ["2026-01-01", 0],
        ["2026-01-01T00:00:00.001Z", 1],
        ["2026-01-01T00:02:00Z", 3],
        ["2026-01-01 01:02+01:00", 3],
        ["2026-01-01T00:01:59.999", 3],
        ["2026-01-01T00:18:59Z", all.findIndex(({ time }) => time === clock.time)],
        ["2026-01-01T00:19:00.001Z", length],
        ["2036-01-01", length],
        ["00000000000000000000000000", 0],
        ["7ZZZZZZZZZZZZZZZZZZZZZZZZZ", length],
        [ulidAfter(last, 1), length],
        ...all.map(({ id }, at): [string, number] => [at % 2 ? id : id.toLowerCase(), at + 1]),
      ];
      for (const [from, expected] of cases) {
        const position = parsePosition(from);
        const found = await chain.locate(position);
        assertEquals(found, expected, String(from));
        assertEquals((await chain.read(found, 3)).map(seen), all.slice(found, found + 3).map(seen));
        const before = all.slice(Math.max(0, found - 9), found).reverse();
        assertEquals((await chain.readBackward(found, 9)).map(seen), before.map(seen));
      }
      for (const from of ["earliest", 17, "2026-01-01T00:02:00Z", all[40]?.id, "latest"]) {
        const position = parsePosition(from);
        const expected = all.slice(await chain.locate(position));
        assertEquals((await followTo(chain, position, length)).map(seen), expected.map(seen));
      }
    }, { clock });
  },

  "a ULID that is not in the log is a place between its neighbours": async (place) => {
    const clock = new SteppedClock(START);
    await withLog(place, async (log) => {
      const chain = log.chain("between");
      for (let commit = 0; commit < 5; commit++) {
        clock.time += 1_000;
        await chain.append(events(2));
      }
      for (const { id, offset } of await readAll(chain)) {
        // Just after the second event of a commit, and before the first of the next.
        if (offset % 2 === 0) continue;
        const after = parsePosition(ulidAfter(id, 5));
        assertEquals(await chain.locate(after), offset + 1);
      }
    }, { clock });
  },

  "an offset past the end is refused": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("past");
      for (const next of [0, 2]) {
        const position = parsePosition(next + 1);
        const error = await assertRejects(() => chain.locate(position), LedgerError);
        assertEquals([error.code, error.details], ["position_invalid", { next }]);
        const follower = chain.follow({ from: position, signal: new AbortController().signal });
        await assertRejects(() => follower.next(), LedgerError, "past the end");
        if (next === 0) await chain.append(events(2));
      }
    });
  },

  "reading backward from past the end begins with the last event": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("backward");
      await chain.append(events(4));
      const all = await chain.readBackward(1_000, 10);
      assertEquals(all.map(({ offset }) => offset), [3, 2, 1, 0]);
      assertEquals(await chain.read(1_000, 10), []);
    });
  },
};
