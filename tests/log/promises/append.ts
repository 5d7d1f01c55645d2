import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import type { Promises } from "../promises.ts";
import { counting, event, events, readAll, withLog } from "../../support/chains.ts";

export const appendPromises: Promises = {
  "offsets are dense from 0, whoever appends how much": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("dense");
      const sizes = Array.from({ length: 60 }, (_, at) => 1 + at % 4);
      const told = await Promise.all(sizes.map((size) => chain.append(events(size))));
      let next = 0;
      for (const [at, { first, next: after, isRepeat }] of told.entries()) {
        assertEquals(first, next);
        next += sizes[at] ?? 0;
        assertEquals([after, isRepeat], [next, false]);
      }
      assertEquals((await readAll(chain)).map(({ offset }) => offset), [...Array(next).keys()]);
      assertEquals((await chain.head())?.next, next);
      assertEquals((await chain.verify()).ok, true);
    });
  },

  "a chain without events has no head, nothing to read, and its end at 0": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("empty");
      assertEquals(await chain.head(), undefined);
      assertEquals(await readAll(chain), []);
      assertEquals(await chain.readBackward(0, 5), []);
      assertEquals(await chain.locate({ at: "latest" }), 0);
      assertEquals(await chain.verify(), { ok: true, events: 0, commits: 0, rows: 0 });
      assertEquals(await chain.compareRows(), undefined);
      assertEquals(await chain.rebuild(), { events: 0 });
    });
  },

  "chains do not see each other": async (place) => {
    await withLog(place, async (log) => {
      const names = ["a", "a/b", "a\u0000b", "ab", "\u{1f600}", "z".repeat(256)];
      await Promise.all(names.map((name) => log.chain(name).append([event(name)])));
      for (const name of names) {
        assertEquals((await readAll(log.chain(name))).map(({ data }) => data), [name]);
      }
      const listed: string[] = [];
      for await (const { name } of log.chains("a")) listed.push(name);
      assertEquals(listed.sort(), ["a", "a\u0000b", "a/b", "ab"]);
    });
  },

  "a text that is given as its bytes is told, and read back, as any other": async (place) => {
    const texts = ['{"a":1}', "é漢\u{1f600}", "", "\ufeff1"];
    const asBytes = texts.map((text) => {
      return { ...event(""), data: new TextEncoder().encode(text), isText: true as const };
    });
    const bytes = { ...event(""), data: Uint8Array.of(0xff) };
    const all = [...texts.map((text) => event(text)), ...asBytes, bytes, event("last")];
    const expected = [...texts, ...texts, bytes.data, "last"];
    await withLog(place, async (log) => {
      const chain = log.chain("texts");
      const follower = await chain.attach(0, () => {});
      await chain.append(all);
      const told: unknown[] = [];
      for (let batch = follower.peek(); batch !== undefined; batch = follower.peek()) {
        if (batch instanceof Promise) {
          await batch;
          continue;
        }
        for (const { data } of batch.events()) told.push(data);
        follower.offset = batch.next;
      }
      follower.close();
      assertEquals(told, expected);
      assertEquals((await chain.verify()).ok, true);
    });
    await withLog(place, async (log) => {
      assertEquals((await readAll(log.chain("texts"))).map(({ data }) => data), expected);
    });
  },

  "an append that expects another offset is refused and leaves nothing behind": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("expected");
      await chain.append(events(3), { expectedOffset: 0 });
      const error = await assertRejects(
        () => chain.append(events(1), { expectedOffset: 2 }),
        LedgerError,
      );
      assertEquals([error.code, error.details], ["offset_mismatch", { expected: 2, actual: 3 }]);
      const results = await Promise.allSettled(
        [3, 3, 4, 9].map((expectedOffset) => chain.append(events(1), { expectedOffset })),
      );
      assertEquals(results.map(({ status }) => status), [
        "fulfilled",
        "rejected",
        "fulfilled",
        "rejected",
      ]);
      assertEquals((await readAll(chain)).length, 5);
    });
  },

  "a command that throws leaves nothing behind, and its neighbours are not touched": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("atomic", counting);
      const results = await Promise.allSettled([
        chain.append([event("a", "t", ["k"])]),
        chain.execute(async (tx) => {
          await tx.emit(event("never", "never", ["k", "other"]));
          await tx.emit(event("never", "drop", ["k"]));
          throw new Error("no");
        }),
        chain.append([event("b"), event("c")]),
      ]);
      assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
      assertEquals((await readAll(chain)).map(({ data }) => data), ["a", "b", "c"]);
      assertEquals(await chain.row(["count", "never"]), undefined);
      assertEquals(await chain.row(["seen", "other"]), undefined);
      assertEquals(await chain.row(["seen", "k"]), { offset: 0, length: 1 });
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "each command sees the events and rows of those before it": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("sees", counting);
      const told = await Promise.all(
        Array.from({ length: 30 }, () =>
          chain.execute(async (tx) => {
            const before = await tx.get<number>(["count", "t"]) ?? 0;
            const placed = await tx.emit(event("x"));
            return [before, placed.offset, tx.next];
          })),
      );
      assertEquals(told, told.map((_, at) => [at, at, at + 1]));
    });
  },
};
