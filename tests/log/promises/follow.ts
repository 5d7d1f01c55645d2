import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { headEntry, readHead } from "../../../src/log/head.ts";
import { headKey } from "../../../src/log/keys.ts";
import { Log } from "../../../src/log/log.ts";
import type { Promises } from "../promises.ts";
import {
  earliest,
  event,
  events,
  eventsOf,
  follow,
  followTo,
  offset,
  readAll,
  seen,
  withLog,
} from "../../support/chains.ts";

export const followPromises: Promises = {
  "fifty followers from anywhere get history and live without gap or repeat": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("fifty");
      await chain.append(events(200));
      const end = 1_200;
      const followers = Array.from({ length: 50 }, (_, at) => {
        const from = (at * 37) % 201;
        return followTo(chain, offset(from), end).then((told) => ({ from, told }));
      });
      for (let from = 200; from < end; from += 40) {
        await Promise.all([0, 10, 20, 30].map((at) => chain.append(events(10, from + at))));
      }
      const all = (await readAll(chain)).map(seen);
      assertEquals(all.length, end);
      for (const { from, told } of await Promise.all(followers)) {
        assertEquals(told.map(seen), all.slice(from));
      }
    });
  },

  "a follower of a chain that has no events yet hears the first": async (place) => {
    await withLog(place, async (log) => {
      for (const from of ["earliest", "latest"] as const) {
        const chain = log.chain(`first-${from}`);
        let told = 0;
        const following = follow(chain, { at: from }, ({ kind, ...rest }) => {
          if (kind === "caught_up" && told++ === 0) {
            assertEquals(rest, { next: 0 });
            chain.append([event("a")]);
          }
          return kind === "event";
        });
        assertEquals(eventsOf(await following).map(({ data }) => data), ["a"]);
      }
    });
  },

  "a follower and the first append at once do not miss each other": async (place) => {
    await withLog(place, async (log) => {
      for (let round = 0; round < 20; round++) {
        const chain = log.chain(`race-${round}`);
        const following = followTo(chain, earliest, 3);
        for (let at = 0; at < 3; at++) await chain.append([event(at)]);
        assertEquals((await following).map(({ data }) => data), ["0", "1", "2"]);
      }
    });
  },

  "a filtered follower hears what it wants, by type and key, and where it is": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("filter");
      const types = ["a", "b", "c"];
      const list = Array.from(
        { length: 3_000 },
        (_, at) => event(at, types[at % 3], at % 5 === 0 ? ["five", `n${at}`] : []),
      );
      await chain.append(list);
      const wanted = async (filter: { types?: string[]; keys?: string[] }) => {
        const told = await follow(chain, earliest, ({ kind }) => kind === "caught_up", filter);
        assertEquals(told.at(-1), { kind: "caught_up", next: 3_000 });
        return told;
      };
      const numbers = async (filter: { types?: string[]; keys?: string[] }) =>
        eventsOf(await wanted(filter)).map((one) => one.offset);
      const all = [...Array(3_000).keys()];
      assertEquals(await numbers({}), all);
      assertEquals(await numbers({ types: ["a", "c"] }), all.filter((at) => at % 3 !== 1));
      assertEquals(await numbers({ keys: ["five"] }), all.filter((at) => at % 5 === 0));
      assertEquals(await numbers({ keys: ["n10", "n20"] }), [10, 20]);
      assertEquals(
        await numbers({ types: ["b"], keys: ["five"] }),
        all.filter((at) => at % 3 === 1 && at % 5 === 0),
      );
      assertEquals(await numbers({ types: [] }), []);
      const told = await wanted({ keys: ["n2000"] });
      assertEquals(told.map((one) => one.kind === "event" ? one.event.offset : one.next), [
        1024,
        2000,
        3000,
      ]);
      assertEquals(told.map(({ kind }) => kind), ["position", "event", "caught_up"]);
    });
  },

  "a filtered follower is told its position as live events pass by": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("position");
      const told = await follow(chain, earliest, ({ kind }) => {
        if (kind === "caught_up") chain.append(events(2_500));
        return kind === "position";
      }, { types: ["other"] });
      assertEquals(told, [
        { kind: "caught_up", next: 0 },
        { kind: "position", next: 1_024 },
      ]);
    });
  },

  "an abort ends a follower, wherever it is": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("abort");
      await chain.append(events(10));
      const early = AbortSignal.abort();
      for await (const told of chain.follow({ from: earliest, signal: early })) {
        throw new Error(`told ${told.kind} after the abort`);
      }
      assertEquals((await follow(chain, earliest, (_, all) => all.length === 4)).length, 4);
      const waiting = new AbortController();
      const follower = chain.follow({ from: { at: "latest" }, signal: waiting.signal });
      assertEquals((await follower.next()).value, { kind: "caught_up", next: 10 });
      const pending = follower.next();
      waiting.abort();
      assertEquals((await pending).done, true);
    });
  },

  "closing the log ends every follower with closed": async (place) => {
    const store = await place.open();
    await withLog(place.isShared ? place : { ...place, open: () => Promise.resolve(store) }, async (
      log,
    ) => {
      const chain = log.chain("closing");
      await chain.append(events(3));
      const following = assertRejects(
        () => followTo(chain, earliest, 1_000),
        LedgerError,
        "closing",
      );
      await follow(chain, earliest, ({ kind }) => kind === "caught_up");
      await log.close();
      assertEquals((await following).code, "closed");
      const refused = await assertRejects(() => chain.append(events(1)), LedgerError);
      assertEquals(refused.code, "closed");
    });
    store.close();
  },

  "a head of another epoch ends the followers with epoch_mismatch": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("epoch");
      await chain.append(events(3));
      const ends = [0, 3].map((from) =>
        assertRejects(() => followTo(chain, offset(from), 1_000), LedgerError)
      );
      await follow(chain, earliest, ({ kind }) => kind === "caught_up");
      const { head, versionstamp } = readHead(await store.get(headKey("epoch")));
      assert(head !== undefined);
      const checks = [{ key: headKey("epoch"), versionstamp }];
      const moved = headEntry("epoch", { ...head, epoch: "another", next: 4 });
      await store.commit({ checks, sets: [moved], deletes: [] });
      for (const end of ends) assertEquals((await end).code, "epoch_mismatch");
    });
  },

  "a deleted head ends the followers with epoch_mismatch": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("deleted");
      await chain.append(events(3));
      const end = assertRejects(() => followTo(chain, earliest, 1_000), LedgerError);
      await follow(chain, earliest, ({ kind }) => kind === "caught_up");
      await store.commit({ checks: [], sets: [], deletes: [headKey("deleted")] });
      assertEquals((await end).code, "epoch_mismatch");
    });
  },

  "whoever begins in a chain's next life hears nothing of the one before, though others still read that":
    async (place) => {
      await withLog(place, async (log, store) => {
        const other = new Log(store, { projectionOf: () => undefined });
        try {
          const [chain, copy] = [log.chain("again"), other.chain("again")];
          await chain.append(events(3));
          // It reads no further, as one does whose client takes no more.
          const waiting = await copy.attach(0, () => {});
          await chain.append(events(3, 3));
          await followTo(copy, earliest, 6);
          const hears = assertRejects(() => followTo(copy, offset(6), 1_000), LedgerError);
          assert(await chain.drop(() => Promise.resolve(true), true));
          assertEquals((await hears).code, "epoch_mismatch");
          await chain.append([event("new-0"), event("new-1")]);
          const told = await followTo(copy, earliest, 2);
          assertEquals(told.map(({ data }) => data), ["new-0", "new-1"]);
          waiting.close();
        } finally {
          await other.close();
        }
      });
    },
};
