import { assertEquals, assertRejects } from "@std/assert";
import { headKey, rowKey } from "../../../src/log/keys.ts";
import type { RowListing } from "../../../src/log/row_reader.ts";
import { rebuildRows } from "../../../src/log/rebuild.ts";
import { encodeRow } from "../../../src/log/rows.ts";
import { type Store, UnknownOutcomeError } from "../../../src/kv/store.ts";
import type { Promises } from "../promises.ts";
import { counting, event, TestLog, withLog } from "../../support/chains.ts";

/** Events that set rows and delete some of them again. */
function mixture(count: number) {
  return Array.from({ length: count }, (_, at) => {
    const type = at % 7 === 3 ? "drop" : `t${at % 3}`;
    return event(at, type, [`k${at % 50}`, `k${(at * 13) % 600}`]);
  });
}

async function rowsOf(store: Store, chain: string): Promise<string[]> {
  const entries = await store.list({ start: ["row", chain], end: ["row", chain, true] }, 1_000);
  return entries.map(({ key }) => JSON.stringify(key.slice(2)));
}

export const rowPromises: Promises = {
  "rows are what a rebuild makes of the log, before and after one": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("rows", counting);
      const list = mixture(900);
      for (let at = 0; at < list.length; at += 30) {
        await chain.append(list.slice(at, at + 30), {
          producer: { id: `p${at % 4}`, epoch: at, seq: 0 },
        });
      }
      const before = await chain.rows([], 1_000);
      assertEquals(await chain.compareRows(), undefined);
      for (let times = 0; times < 3; times++) {
        assertEquals(await chain.rebuild(), { events: 900 });
        assertEquals(await chain.rows([], 1_000), before);
      }
      // Each is of a generation of its own, and those before are gone.
      const { generation } = await chain.head() ?? { generation: 0 };
      assertEquals(generation >= 3, true);
      const stored = await rowsOf(store, "rows");
      assertEquals(stored.every((key) => key.startsWith(`[${generation},`)), true);
      await chain.append(mixture(20));
      assertEquals(await chain.compareRows(), undefined);
      assertEquals((await chain.verify()).ok, true);
    });
  },

  "a command that throws leaves nothing of its rows, and those of the others stay": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("thrown", counting);
      const answers = await Promise.allSettled(
        Array.from({ length: 60 }, (_, at) =>
          chain.execute(async (tx) => {
            const first = tx.emit(event(at, "t", [`k${at}`, "k"]));
            // It does not even wait for what it has emitted.
            if (at % 3 === 0) throw new RangeError(`${at}`);
            await first;
            await tx.emit(event(at, at % 2 === 0 ? "t" : "drop", ["k"]));
            return tx.next;
          })),
      );
      const kept = answers.flatMap(({ status }, at) => status === "fulfilled" ? [at] : []);
      assertEquals(kept, [...Array(60).keys()].filter((at) => at % 3 !== 0));
      const events = await chain.read(0, 1_000);
      assertEquals(events.map(({ data }) => Number(data)), kept.flatMap((at) => [at, at]));
      const rows = await chain.rows(["seen"], 1_000);
      assertEquals(rows.map(({ key }) => key[1]).sort(), kept.map((at) => `k${at}`).sort());
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "rows are listed by prefix, in pages": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("pages", counting);
      await chain.append([..."cabd"].map((key) => event("x", "t", [key])));
      const list = async (limit: number, listing?: RowListing) =>
        (await chain.rows(["seen"], limit, listing)).map(({ key }) => key[1]).join("");
      const seen = (key: string) => ["seen", key];
      assertEquals(await list(10), "abcd");
      assertEquals(await list(2), "ab");
      assertEquals(await list(2, { from: seen("c") }), "cd");
      assertEquals(await list(2, { after: seen("a") }), "bc");
      assertEquals(await list(10, { after: seen("bb") }), "cd");
      assertEquals(await list(10, { from: seen("b"), before: seen("d") }), "bc");
      assertEquals(await list(10, { before: seen("a") }), "");
      assertEquals(await chain.rows(["see"], 10), []);
    });
  },

  "rows are listed from their end as well": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("backward", counting);
      await chain.append([..."cabd"].map((key) => event("x", "t", [key])));
      const list = async (limit: number, listing: RowListing = {}) =>
        (await chain.rows(["seen"], limit, { ...listing, reverse: true })).map(({ key }) => key[1])
          .join("");
      assertEquals(await list(10), "dcba");
      assertEquals(await list(2), "dc");
      assertEquals(await list(2, { before: ["seen", "c"] }), "ba");
      assertEquals(await list(10, { after: ["seen", "a"], before: ["seen", "d"] }), "cb");
      assertEquals(await list(10, { from: ["seen", "c"] }), "dc");
      await chain.rebuild();
      assertEquals(await list(10), "dcba");
    });
  },

  "a rebuild while writers append ends with the rows of every event": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("meanwhile", counting);
      await chain.append(mixture(400));
      let isOver = false;
      const writers = [0, 1].map(async (who) => {
        let count = 0;
        while (!isOver || count < 20) {
          const n = await chain.execute(async (tx) => {
            await tx.emit(event(`${who}-${count}`, "w", [`k${count % 50}`]));
            return await tx.get<number>(["count", "w"]);
          });
          // What a command reads is of the generation in force, or the command is run again.
          assertEquals(typeof n, "number");
          await assertRejects(
            () =>
              chain.execute(async (tx) => {
                throw new Error(String(await tx.get<number>(["count", "t0"])));
              }),
            Error,
            "115",
          );
          count++;
        }
        return count;
      });
      for (let times = 0; times < 3; times++) await chain.rebuild();
      isOver = true;
      const counts = await Promise.all(writers);
      assertEquals(await chain.row(["count", "w"]), counts.reduce((sum, count) => sum + count));
      assertEquals(((await chain.head())?.generation ?? 0) >= 3, true);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "a rebuild cut off at any commit is cleared by the next": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("cut", counting);
      await chain.append(mixture(350));
      const before = await chain.rows([], 1_000);
      for (let cut = 0;; cut++) {
        let left = cut;
        const commit: Store["commit"] = (mutation) =>
          left-- > 0 ? store.commit(mutation) : Promise.reject(new Error("cut off"));
        const cutStore: Store = Object.assign(Object.create(store), { commit });
        const end = await rebuildRows(cutStore, "cut", counting).then(() => "whole", () => "cut");
        assertEquals(await chain.rows([], 1_000), before);
        // By hand, as if the cut one had gone astray: nothing of it may be left.
        const { generation } = await chain.head() ?? { generation: -1 };
        const stray = rowKey("cut", generation + 1, ["stray"]);
        const value = encodeRow("cut", ["stray"], 1);
        await store.commit({ checks: [], sets: [{ key: stray, value }], deletes: [] });
        await new TestLog(store).chain("cut", counting).rebuild();
        assertEquals(await chain.rows([], 1_000), before);
        assertEquals((await rowsOf(store, "cut")).length, before.length);
        if (end === "whole") break;
      }
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "a rebuild whose writes lose their answers now and then is whole all the same": (place) =>
    withLog(place, async (log, store) => {
      const chain = log.chain("lossy", counting);
      await chain.append(mixture(350));
      const before = await chain.rows([], 1_000);
      let sent = 0;
      const commit: Store["commit"] = async (mutation) => {
        const isLost = sent++ % 2 === 0;
        if (isLost && sent % 3 === 0) throw new UnknownOutcomeError("lost on its way");
        const result = await store.commit(mutation);
        if (isLost) throw new UnknownOutcomeError("the answer is lost");
        return result;
      };
      const lossy: Store = Object.assign(Object.create(store), { commit });
      assertEquals(await rebuildRows(lossy, "lossy", counting), { events: 350 });
      assertEquals(await new TestLog(store).chain("lossy", counting).rows([], 1_000), before);
    }),

  "a comparison names the row that was changed, removed or added by hand": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("compare", counting);
      await chain.append(
        Array.from(
          { length: 700 },
          (_, at) => event(at, "t", [`k${String(at).padStart(3, "0")}`]),
        ).slice(0, 450),
      );
      await chain.append(
        Array.from({ length: 300 }, (_, at) => event(at, "t", [`k${String(450 + at)}`])),
      );
      const stored = (key: string) => rowKey("compare", 0, ["seen", key]);
      const write = (key: string, value: Uint8Array | null) =>
        store.commit({
          checks: [],
          sets: value === null ? [] : [{ key: stored(key), value }],
          deletes: value === null ? [stored(key)] : [],
        });
      const names = ["k000", "k497", "k498", "k749"];
      for (const name of names) {
        const { value } = await store.get<Uint8Array>(stored(name));
        await write(name, encodeRow("compare", ["seen", name], "changed"));
        assertEquals(await chain.compareRows(), { key: ["seen", name], reason: "different" });
        await write(name, null);
        assertEquals(await chain.compareRows(), { key: ["seen", name], reason: "missing" });
        await write(name, value);
        const added = `${name}+`;
        await write(added, encodeRow("compare", ["seen", added], 1));
        assertEquals(await chain.compareRows(), { key: ["seen", added], reason: "unexpected" });
        await write(added, null);
      }
      assertEquals(await chain.compareRows(), undefined);
      assertEquals((await store.get(headKey("compare"))).value !== null, true);
    });
  },
};
