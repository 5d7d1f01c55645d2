import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { EVENT_BYTES, EVENT_KEYS } from "../../../src/kernel/limits.ts";
import { append } from "../../../src/log/append.ts";
import type { Plan } from "../../../src/log/command.ts";
import { partsRange } from "../../../src/log/keys.ts";
import type { Projection } from "../../../src/log/projection.ts";
import { event, followTo, offset, readAll, withLog } from "../../support/chains.ts";
import type { Promises } from "../promises.ts";

/** Rows for each event but those of type `none`: as many as it says, of as many bytes, instead of those of the one before. */
export const wide: Projection = {
  version: 1,
  async apply({ type, data, offset }, rows) {
    if (type === "none") return;
    const [count = 1, bytes = 1] = String(data).split(" ").map(Number);
    const before = await rows.get<number>(["count"]) ?? 0;
    for (let at = count; at < before; at++) rows.delete(["row", at]);
    const text = "x".repeat(bytes);
    for (let at = 0; at < count; at++) rows.set(["row", at], { offset, text });
    rows.set(["count"], count);
  },
};

/** An append that may be more than one operation holds. */
const LARGE = { isLarge: true };

export const largePromises: Promises = {
  "a command that may be large is in whole, with more rows, bytes and events than one operation holds":
    async (
      place,
    ) => {
      await withLog(place, async (log, store) => {
        const chain = log.chain("large", wide);
        const commands = [
          [event("3000 10")],
          [event("40 50000")],
          [event("1 1")],
          [event(`2000 1 ${"y".repeat(EVENT_BYTES)}`, "t", Array(EVENT_KEYS + 1).fill("k"))],
          Array.from({ length: 30 }, () => event(`1 1 ${"z".repeat(60_000)}`)),
        ];
        let next = 0;
        for (const each of commands) {
          const appended = await chain.execute(append(each), undefined, LARGE);
          assertEquals(appended.next, next += each.length);
          const rows = await chain.rows<{ offset: number }>(["row"], 10_000);
          assertEquals(rows.length, Number(String(each.at(-1)?.data).split(" ")[0]));
          assertEquals(new Set(rows.map(({ value }) => value.offset)), new Set([next - 1]));
        }
        assertEquals((await readAll(chain)).length, next);
        assertEquals((await followTo(chain, offset(0), next)).length, next);
        assertEquals((await chain.verify()).ok, true);
        assertEquals(await chain.compareRows(), undefined);
        // Nothing of what was written ahead is left.
        const { start, end } = partsRange();
        assertEquals(await store.list({ start, end }, 10), []);
      });
    },

  "beside a large command all others are in, in their order, and whoever may not be large is refused":
    async (
      place,
    ) => {
      await withLog(place, async (log) => {
        const chain = log.chain("beside", wide);
        const other = log.chain("other");
        const small = ["a", "b", "c"].map((data) => event(data, "none"));
        const ends = await Promise.allSettled([
          ...small.map((each) => chain.append([each])),
          chain.execute(append([event("2000 1")]), undefined, LARGE),
          chain.append([event("2000 1")]),
          ...small.map((each) => chain.append([each])),
          ...small.map((each) => other.append([each])),
        ]);
        const told = ends.map((end) =>
          end.status === "fulfilled" ? end.value.next : String(end.reason.code)
        );
        assertEquals(told, [1, 2, 3, 4, "too_large", 5, 6, 7, 1, 2, 3]);
        assertEquals(await chain.compareRows(), undefined);
      });
    },

  "an item that is large alone gets a block of its own": async (place) => {
    const plan: Plan<string, string, undefined> = {
      isLarge: true,
      begin: () => undefined,
      ahead: () => {},
      async take(tx, item) {
        await tx.emit(event(item));
        return item;
      },
      owed: () => 0,
      async end(tx, _, taken) {
        await tx.emit(event(`1 1 block of ${taken.length}`));
      },
    };
    await withLog(place, async (log) => {
      const chain = log.chain("blocks", wide);
      const items = ["1 1", "2 1", "3000 1", "3 1"];
      const answers = await Promise.all(items.map((item) => chain.gather(plan, item)));
      assertEquals(answers, items);
      const all = (await readAll(chain)).map(({ data }) => data);
      const blocks = ["1 1", "2 1", "1 1 block of 2", "3000 1", "1 1 block of 1", "3 1"];
      assertEquals(all, [...blocks, "1 1 block of 1"]);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "more than a large command may be is refused, and its neighbours are in": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("largest", wide);
      const [before, over, after] = await Promise.allSettled([
        chain.append([event("1 1")]),
        chain.execute(append([event("6000 50000")]), undefined, LARGE),
        chain.append([event("1 1")]),
      ]);
      assertEquals([before.status, over.status, after.status], [
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      const data = `1 1 ${"x".repeat(2_000_000)}`;
      const refused = () => chain.execute(append([event(data)]), undefined, LARGE);
      assertEquals((await assertRejects(refused, LedgerError)).code, "too_large");
    });
  },
};
