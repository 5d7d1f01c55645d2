import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import type { Store } from "../../src/kv/store.ts";
import { type Head, headEntry, readHead } from "../../src/log/head.ts";
import { headKey, rowKey } from "../../src/log/keys.ts";
import type { Projection } from "../../src/log/projection.ts";
import { LAYOUT, type Versions } from "../../src/log/versions.ts";
import { changedStore } from "../support/changed_store.ts";
import { counting, event, events, inMemory, TestLog } from "../support/chains.ts";

const CHAIN = "versioned";

/** The sum of all numbers, which each version multiplies by another factor. */
function summing(version: number, factor = version): Projection {
  return {
    version,
    async apply({ data }, rows) {
      const sum = await rows.get<number>(["sum"]) ?? 0;
      rows.set(["sum"], sum + factor * Number(data));
      rows.set([`by ${version}`, String(data)], factor);
    },
  };
}

async function headOf(store: Store, chain = CHAIN): Promise<Head> {
  const { head } = readHead(await store.get(headKey(chain)));
  assert(head !== undefined);
  return head;
}

async function withVersions(store: Store, versions: Partial<Versions>): Promise<void> {
  const head = await headOf(store);
  const moved = headEntry(CHAIN, { ...head, versions: { ...head.versions, ...versions } });
  await store.commit({ checks: [], sets: [moved], deletes: [] });
}

Deno.test("rows of an older version are made anew before they are read, listed or written", async () => {
  for (const first of ["row", "rows", "execute"] as const) {
    await inMemory(async (log, store) => {
      await log.chain(CHAIN, summing(1)).append(events(10));
      const newer = new TestLog(store);
      const chain = newer.chain(CHAIN, summing(2));
      if (first === "row") assertEquals(await chain.row<number>(["sum"]), 90);
      if (first === "rows") assertEquals((await chain.rows(["by 2"], 100)).length, 10);
      if (first === "execute") {
        await chain.execute(async (tx) => {
          assertEquals(await tx.get<number>(["sum"]), 90);
          await tx.emit(event(10));
          assertEquals(await tx.get<number>(["sum"]), 110);
        });
      }
      assertEquals((await chain.rows(["by 1"], 100)).length, 0);
      assertEquals((await headOf(store)).versions, { layout: LAYOUT, rows: 2, events: 0 });
      assertEquals(await chain.compareRows(), undefined);
      await newer.close();
    });
  }
});

Deno.test("what a later version has written is refused by both numbers, whatever is asked", async () => {
  await inMemory(async (log, store) => {
    const older = log.chain(CHAIN, summing(1));
    await older.append(events(3));
    assertEquals(await older.row<number>(["sum"]), 3);
    // A server of a later version takes the chain over while this one has it open.
    const newer = new TestLog(store);
    const chain = newer.chain(CHAIN, summing(7));
    await chain.append(events(1));
    const line = { epoch: "e", next: 0 };
    const asks: (() => Promise<unknown>)[] = [
      () => older.row(["sum"]),
      () => older.rows(["by 1"], 10),
      () => older.append(events(1)),
      () => older.execute(async (tx) => await tx.get(["sum"])),
      () => older.rebuild(),
      () => older.compareRows(),
      () => older.import(line, (async function* () {})()),
    ];
    for (const ask of asks) {
      const { code, message } = await assertRejects(ask, LedgerError);
      assertEquals(code, "store_refused");
      for (const part of [CHAIN, "version 7", "knows 1"]) assert(message.includes(part), message);
    }
    assertEquals((await headOf(store)).next, 4);
    assertEquals(await chain.compareRows(), undefined);
    await newer.close();
  });
});

Deno.test("a stored form that is not known yet is refused before anything of it is read", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN, summing(1));
    await chain.append(events(3));
    await withVersions(store, { layout: LAYOUT + 1 });
    for (const ask of [() => chain.head(), () => chain.read(0, 1), () => chain.append(events(1))]) {
      const { code, message } = await assertRejects(ask, LedgerError);
      assertEquals(code, "store_refused");
      assert(message.includes(`version ${LAYOUT + 1}`) && message.includes(`knows ${LAYOUT}`));
    }
  });
});

Deno.test("an older version that goes on writing while a newer one takes over never mixes its rows in", async () => {
  await inMemory(async (log, store) => {
    const old = log.chain(CHAIN, summing(1));
    await old.append(events(400));
    let appended = 0;
    const moved = changedStore(store, {
      // The older one is faster, several times over.
      commit: async (mutation) => {
        if (mutation.checks.length > 0 && appended < 5) await old.append(events(1, appended++));
        return await store.commit(mutation);
      },
    });
    const newer = new TestLog(moved);
    const young = newer.chain(CHAIN, summing(2));
    await young.append(events(1));
    assertEquals(appended, 5);
    const { code } = await assertRejects(() => old.append(events(1)), LedgerError);
    assertEquals(code, "store_refused");
    assertEquals(await young.compareRows(), undefined);
    const rows = await store.list({ start: ["row", CHAIN], end: ["row", CHAIN, true] }, 10_000);
    const { generation, next } = await headOf(store);
    assertEquals(next, 406);
    assert(rows.every(({ key }) => key[2] === generation && key[3] !== "by 1"));
    await newer.close();
  });
});

Deno.test("a chain of 0.1.0 is taken over, and its programs do not take the new head for one", async () => {
  await inMemory(async (_, store) => {
    const log = new TestLog(store);
    await log.chain(CHAIN, counting).append(events(5));
    await log.close();
    // As 0.1.0 had them: a head that is an object and says nothing of versions, rows without checksum.
    const { versions: _versions, ...value } = await headOf(store);
    const row = new TextEncoder().encode("4");
    await store.commit({
      checks: [],
      sets: [{ key: headKey(CHAIN), value }, { key: rowKey(CHAIN, 0, ["count", "t"]), value: row }],
      deletes: [],
    });
    const now = new TestLog(store);
    const chain = now.chain(CHAIN, counting);
    assertEquals((await chain.head())?.versions, { layout: 0, rows: 0, events: 0 });
    assertEquals(await chain.row<number>(["count", "t"]), 5);
    const { value: stored } = await store.get(headKey(CHAIN));
    // What 0.1.0 looked for was an object with whole numbers under their names.
    assert(stored instanceof Uint8Array);
    await now.close();
  });
});

Deno.test("a chain whose log is damaged keeps its old rows, says so, and is not read again each time", async () => {
  await inMemory(async (log, store) => {
    for (let at = 0; at < 3; at++) await log.chain(CHAIN, summing(1)).append(events(1, at));
    await store.commit({ checks: [], sets: [], deletes: [["log", CHAIN, 1]] });
    const head = await headOf(store);
    let lists = 0;
    const counted = changedStore(store, {
      list: (...args) => (lists++, store.list(...args)),
    });
    const newer = new TestLog(counted);
    const chain = newer.chain(CHAIN, summing(2));
    const ask = () => assertRejects(() => chain.row(["sum"]), LedgerError);
    assertEquals((await ask()).code, "damaged");
    const before = lists;
    assertEquals((await ask()).details.offset, 1);
    assertEquals(lists, before);
    assertEquals((await chain.read(0, 1)).length, 1);
    assertEquals(await headOf(store), head);
    await newer.close();
  });
});

Deno.test("an event of which no rows can be made is damage of its chain, told with its offset", async () => {
  await inMemory(async (log, store) => {
    await log.chain(CHAIN, summing(1)).append(events(3));
    let applied = 0;
    const strict: Projection = {
      version: 2,
      apply({ data }) {
        applied++;
        if (data === "1") throw new TypeError("not what it should be");
      },
    };
    const newer = new TestLog(store);
    const chain = newer.chain(CHAIN, strict);
    const words = /damaged at offset 1: no rows can be made of the event: not what it should be/;
    for (const ask of [() => chain.row(["sum"]), () => chain.append([event(3)])]) {
      const error = await assertRejects(ask, LedgerError);
      assertEquals([error.code, error.details.offset, words.test(error.message)], [
        "damaged",
        1,
        true,
      ]);
    }
    // The log is not read for each question.
    assertEquals(applied, 2);
    await newer.close();
  });
});

Deno.test("of rebuilds at once one is put in force, and none takes rows away from another", async () => {
  await inMemory(async (log, store) => {
    for (let at = 0; at < 2_000; at += 400) {
      await log.chain(CHAIN, summing(1)).append(events(400, at));
    }
    const logs = [1, 2, 3].map(() => new TestLog(store));
    const ends = await Promise.allSettled(
      logs.map((each) => each.chain(CHAIN, summing(1)).rebuild()),
    );
    const refused = ends.flatMap((end) => end.status === "rejected" ? [end.reason.code] : []);
    assert(refused.length < 3 && refused.every((code) => code === "store_busy"), `${refused}`);
    assertEquals(await log.chain(CHAIN, summing(1)).compareRows(), undefined);
    const { generation } = await headOf(store);
    const rows = await store.list({ start: ["row", CHAIN], end: ["row", CHAIN, true] }, 10_000);
    assert(rows.every(({ key }) => key[2] === generation));
    // Several servers that begin at once upgrade the chain together, and all go on.
    const newer = [1, 2, 3].map(() => new TestLog(store).chain(CHAIN, summing(2)));
    const sums = await Promise.all(newer.map((chain) => chain.row<number>(["sum"])));
    assertEquals(new Set(sums), new Set([2 * 1_999_000]));
    for (const each of logs) await each.close();
  });
});

Deno.test("a lost reply that hides a takeover does not let the old version go on", async () => {
  await inMemory(async (log, store) => {
    await log.chain(CHAIN, summing(1)).append(events(1));
    const newer = new TestLog(store);
    let isFirst = true;
    const lossy = changedStore(store, {
      commit: async (mutation) => {
        const result = await store.commit(mutation);
        if (!isFirst) return result;
        isFirst = false;
        await newer.chain(CHAIN, summing(2)).append(events(1));
        // As the check of a repeated request would fail.
        return undefined;
      },
    });
    const older = new TestLog(lossy);
    const chain = older.chain(CHAIN, summing(1));
    await chain.append(events(1));
    const { code } = await assertRejects(() => chain.append(events(1)), LedgerError);
    assertEquals(code, "store_refused");
    assertEquals(await newer.chain(CHAIN, summing(2)).compareRows(), undefined);
    for (const each of [older, newer]) await each.close();
  });
});

/** Counts words; their form was `{"word":…}` once, and is `{"text":…}` now. */
const lifting: Projection = {
  version: 2,
  events: {
    version: 1,
    lift: (event) => ({
      ...event,
      data: JSON.stringify({ text: JSON.parse(String(event.data)).word }),
    }),
  },
  apply({ offset, data }, rows) {
    rows.set(["text", offset], JSON.parse(String(data)).text);
  },
};

Deno.test("events of an older form are read, followed, exported and made rows of as this one's", async () => {
  await inMemory(async (log, store) => {
    await log.chain(CHAIN).append([0, 1].map((at) => event(`{"word":"old ${at}"}`)));
    const newer = new TestLog(store);
    const chain = newer.chain(CHAIN, lifting);
    await chain.append([event('{"text":"new"}')]);
    const wanted = ['{"text":"old 0"}', '{"text":"old 1"}', '{"text":"new"}'];
    assertEquals((await chain.read(0, 10)).map(({ data }) => data), wanted);
    assertEquals((await chain.rows(["text"], 10)).map(({ value }) => value), [
      "old 0",
      "old 1",
      "new",
    ]);
    const heard: unknown[] = [];
    const stop = new AbortController();
    for await (const one of chain.follow({ from: { at: "earliest" }, signal: stop.signal })) {
      if (one.kind === "event") heard.push(one.event.data);
      if (heard.length === 3) stop.abort();
    }
    assertEquals(heard, wanted);
    // What is stored stays as it was written, and so do the hashes.
    assert((await chain.verify()).ok);
    assertEquals((await headOf(store)).versions, { layout: LAYOUT, rows: 2, events: 1 });
    // A program that does not know the new form refuses it, also where it had the chain open.
    const error = await assertRejects(() => log.chain(CHAIN).read(2, 1), LedgerError);
    assertEquals(error.code, "store_refused");
    await newer.close();
  });
});
