import { assertEquals, assertGreater, assertRejects, fail } from "@std/assert";
import type { Store } from "../../../src/kv/store.ts";
import { append } from "../../../src/log/append.ts";
import type { Place } from "../../support/stores.ts";
import type { Promises } from "../promises.ts";
import {
  counting,
  earliest,
  event,
  events,
  followTo,
  readAll,
  seen,
  TestLog,
} from "../../support/chains.ts";

/** Two logs over one store object, and where the place can, of two stores. */
async function withTwo(
  place: Place,
  body: (one: TestLog, two: TestLog, store: Store) => Promise<void>,
): Promise<void> {
  const store = await place.open();
  const logs = [new TestLog(store), new TestLog(store)] as const;
  try {
    await body(...logs, store);
  } finally {
    await Promise.all(logs.map((log) => log.close()));
    store.close();
  }
}

export const instancePromises: Promises = {
  "two instances that append at once make one dense order, and all followers see it": async (
    place,
  ) => {
    await withTwo(place, async (...[one, two]) => {
      const each = 500;
      const chains = [one, two].map((log) => log.chain("two", counting));
      const following = chains.map((chain) => followTo(chain, earliest, 2 * each));
      const told = await Promise.all(chains.map(async (chain, who) => {
        const mine: [data: string, offset: number | undefined][] = [];
        for (let from = 0; from < each; from += 25) {
          await Promise.all(Array.from({ length: 25 }, async (_, at) => {
            const data = `${who}-${from + at}`;
            mine.push([data, (await chain.append([event(data)])).first]);
          }));
        }
        return mine;
      }));
      const [chain] = chains;
      const all = chain === undefined ? [] : await readAll(chain);
      assertEquals(all.map(({ offset }) => offset), [...Array(2 * each).keys()]);
      for (const [data, offset] of told.flat()) assertEquals(all[offset ?? -1]?.data, data);
      assertEquals(new Set(all.map(({ data }) => data)).size, 2 * each);
      for (const seenBy of await Promise.all(following)) {
        assertEquals(seenBy.map(seen), all.map(seen));
      }
      assertEquals(await chain?.row(["count", "t"]), 2 * each);
      assertEquals((await chain?.verify())?.ok, true);
      assertEquals(await chain?.compareRows(), undefined);
    });
  },

  "an instance of many writers that never rest leaves its neighbour a turn": async (place) => {
    await withTwo(place, async (one, two) => {
      const [busy, calm] = [one.chain("turns", counting), two.chain("turns", counting)];
      let isOver = false;
      const writers = Array.from({ length: 64 }, async () => {
        while (!isOver) await busy.append([event("busy")]);
      });
      try {
        for (let at = 0; at < 20; at++) {
          await Promise.all(Array.from({ length: 32 }, () => calm.append([event("calm")])));
        }
      } finally {
        isOver = true;
        await Promise.all(writers);
      }
      const all = await readAll(calm);
      assertEquals(all.filter(({ data }) => data === "calm").length, 20 * 32);
      assertEquals(await calm.row(["count", "t"]), all.length);
    });
  },

  "a command that met a conflict is run again on what the other instance wrote": async (place) => {
    await withTwo(place, async (one, two) => {
      const [mine, other] = [one.chain("again", counting), two.chain("again", counting)];
      await mine.append([event("a")]);
      const seenCounts: unknown[] = [];
      const answer = await mine.execute(async (tx) => {
        const count = await tx.get<number>(["count", "t"]);
        seenCounts.push(count);
        if (seenCounts.length === 1) await other.append([event("b")]);
        await tx.emit(event("c"));
        return count;
      });
      assertEquals([answer, seenCounts], [2, [1, 2]]);
      assertEquals((await readAll(mine)).map(({ data }) => data), ["a", "b", "c"]);
    });
  },

  "a refusal or an answer without events is based on what the other instance wrote": async (
    place,
  ) => {
    await withTwo(place, async (one, two) => {
      const [mine, other] = [one.chain("answers", counting), two.chain("answers", counting)];
      await mine.append([event("a")], { expectedOffset: 0 });
      await other.append([event("b")], { expectedOffset: 1 });
      assertEquals(await mine.execute((tx) => tx.next), 2);
      await other.append([event("c", "t", ["k"])], { expectedOffset: 2 });
      const refusing = () =>
        mine.execute(async (tx) => {
          throw new Error(JSON.stringify(await tx.get(["seen", "k"])));
        });
      await assertRejects(refusing, Error, '{"offset":2,"length":1}');
      const producer = { id: "p", epoch: 0, seq: 0 };
      await other.append([event("d")], { producer });
      const again = await mine.append([event("d")], { producer });
      assertEquals(again, { first: 3, next: 4, isRepeat: true });
    });
  },

  "one instance's expected offset counts the other's events": async (place) => {
    await withTwo(place, async (one, two) => {
      const chains = [one.chain("race"), two.chain("race")];
      let won = 0;
      for (let next = 0; next < 30; next++) {
        const ends = await Promise.allSettled(
          chains.map((chain) => chain.execute(append(events(1), { expectedOffset: next }))),
        );
        assertEquals(ends.filter(({ status }) => status === "fulfilled").length, 1);
        if (ends[0]?.status === "fulfilled") won++;
      }
      assertGreater(won, -1);
      assertEquals((await readAll(one.chain("race"))).length, 30);
    });
  },

  "two instances that write many chains at once make a dense order of each": async (place) => {
    const stores = place.isShared
      ? await Promise.all([place.open(), place.open()])
      : [await place.open()];
    const logs = [0, 1].map((at) => new TestLog(stores[at] ?? stores[0] ?? fail()));
    const names = Array.from({ length: 25 }, (_, at) => `many${at}`);
    try {
      await Promise.all(logs.flatMap((log, who) =>
        names.map(async (name) => {
          for (let at = 0; at < 6; at++) {
            const data = `${who}-${at}`;
            const { first } = await log.chain(name, counting).append([event(data)]);
            const [found] = await log.chain(name).read(first ?? NaN, 1);
            assertEquals(found?.data, data);
          }
        })
      ));
      for (const name of names) {
        const chain = logs[0]?.chain(name) ?? fail();
        const all = await readAll(chain);
        assertEquals(all.map(({ offset }) => offset), [...Array(12).keys()]);
        assertEquals(new Set(all.map(({ data }) => data)).size, 12);
        assertEquals((await chain.verify()).ok, true);
        assertEquals(await chain.compareRows(), undefined);
      }
    } finally {
      await Promise.all(logs.map((log) => log.close()));
      for (const store of stores) store.close();
    }
  },

  "two instances with stores of their own make one dense order": async (place) => {
    if (!place.isShared) return;
    const stores = await Promise.all([place.open(), place.open()]);
    const logs = stores.map((store) => new TestLog(store));
    try {
      const chains = logs.map((log) => log.chain("apart", counting));
      const following = chains.map((chain) => followTo(chain, earliest, 200));
      await Promise.all(
        chains.flatMap((chain, who) =>
          Array.from({ length: 100 }, (_, at) => chain.append([event(`${who}-${at}`)]))
        ),
      );
      const [a, b] = await Promise.all(following);
      assertEquals(a?.map(seen), b?.map(seen));
      assertEquals(a?.map(({ offset }) => offset), [...Array(200).keys()]);
    } finally {
      await Promise.all(logs.map((log) => log.close()));
      for (const store of stores) store.close();
    }
  },
};
