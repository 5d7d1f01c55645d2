import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { OTHERS_PER_COMMIT } from "../../../src/kernel/limits.ts";
import type { Chain } from "../../../src/log/chain.ts";
import type { Command } from "../../../src/log/command.ts";
import { event, readAll, TestLog, withLog } from "../../support/chains.ts";
import type { Promises } from "../promises.ts";

/** Adds an event if the others end where they are expected to. */
function whileThere(others: readonly (readonly [Chain, number])[], data = "d"): Command<void> {
  return async (tx) => {
    for (const [other, expected] of others) {
      const { head, versionstamp } = await other.versionedHead();
      if ((head?.next ?? 0) !== expected) throw new LedgerError("offset_mismatch", other.name);
      tx.dependOn(other.name, versionstamp);
    }
    await tx.emit(event(data));
  };
}

export const otherPromises: Promises = {
  "of two commands that each depend on the other's chain one is in": async (place) => {
    const store = await place.open();
    const logs = [new TestLog(store), new TestLog(store)] as const;
    try {
      for (const [first, second] of [[logs[0], logs[0]], logs] as const) {
        for (let round = 0; round < 40; round++) {
          const [a, b] = [first.chain(`a-${round}`), second.chain(`b-${round}`)];
          const at = (await a.head())?.next ?? 0;
          await Promise.all([a, b].map((chain) => chain.append([event("x")])));
          const ends = await Promise.allSettled([
            a.execute(whileThere([[second.chain(b.name), at + 1]])),
            b.execute(whileThere([[first.chain(a.name), at + 1]])),
          ]);
          const isIn = ends.filter(({ status }) => status === "fulfilled");
          assertEquals(isIn.length, 1, `round ${round}`);
          const count = (await readAll(a)).length + (await readAll(b)).length;
          assertEquals(count, 2 * (at + 1) + 1);
          // Both end at the same place again.
          const shorter = (await a.head())?.next === at + 1 ? a : b;
          await shorter.append([event("x")]);
        }
      }
    } finally {
      await Promise.all(logs.map((log) => log.close()));
      store.close();
    }
  },

  "of a ring of commands, each of which depends on the next one's chain, not all are in": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      for (let round = 0; round < 20; round++) {
        const ring = Array.from({ length: 5 }, (_, at) => log.chain(`ring-${round}-${at}`));
        const [last] = ring.slice(-1);
        assert(last !== undefined);
        const ends = await Promise.allSettled(
          ring.map((chain, at) =>
            chain.execute(whileThere([[ring[at + 1] ?? ring[0] ?? last, 0]]))
          ),
        );
        const isIn = ends.map(({ status }) => status === "fulfilled");
        // Each that is in was in before the one that it depends on.
        assert(isIn.includes(true) && isIn.includes(false));
      }
    });
  },

  "a command that depends on what has moved is refused alone, whatever else waits": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const [chain, busy, ...rest] = ["c", "busy", "r1", "r2"].map((name) => log.chain(name));
      assert(chain !== undefined && busy !== undefined);
      let isOver = false;
      let moved = 0;
      const moving = (async () => {
        while (!isOver) {
          await busy.append([event("b")]);
          moved++;
        }
      })();
      let refused = 0;
      for (let round = 0; round < 20; round++) {
        const end = (await busy.head())?.next ?? 0;
        const ends = await Promise.allSettled([
          chain.append([event("before")]),
          chain.execute(whileThere([[busy, end]], "held")),
          chain.append([event("after")]),
          chain.execute(whileThere([[busy, end + 100_000]], "never")),
          ...rest.map((other) => other.append([event("r")])),
        ]);
        const told = ends.map(({ status }) => status === "fulfilled");
        refused += told[1] ? 0 : 1;
        assertEquals([...told.slice(0, 1), ...told.slice(2)], [true, true, false, true, true]);
      }
      isOver = true;
      await moving;
      assert(moved > 0);
      const all = (await readAll(chain)).map(({ data }) => data);
      assertEquals(all.length, 40 + 20 - refused);
      assertEquals(all.includes("never"), false);
    });
  },

  "a command depends on as many chains as one commit may check, also one that is large": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const others = Array.from({ length: OTHERS_PER_COMMIT }, (_, at) => log.chain(`o-${at}`));
      await Promise.all(others.slice(1).map((other) => other.append([event("x")])));
      const held = others.map((other, at) => [other, Math.min(at, 1)] as const);
      const chain = log.chain("many");
      // In one group they would depend on more than that.
      const more = Array.from({ length: 3 }, (_, at) => [log.chain(`more-${at}`), 0] as const);
      await Promise.all([
        chain.execute(whileThere(held)),
        chain.execute(whileThere(more)),
        chain.execute(whileThere(held)),
      ]);
      const large: Command<void> = async (tx) => {
        await whileThere(held)(tx);
        for (let at = 0; at < 30; at++) await tx.emit(event("x".repeat(50_000)));
      };
      await chain.execute(large, undefined, { isLarge: true });
      assertEquals((await chain.head())?.next, 3 + 31);
      await others[0]?.append([event("x")]);
      const error = await assertRejects(
        () => chain.execute(large, undefined, { isLarge: true }),
        LedgerError,
      );
      assertEquals([error.code, (await chain.head())?.next], ["offset_mismatch", 34]);
      assertEquals((await chain.verify()).ok, true);
    });
  },
};
