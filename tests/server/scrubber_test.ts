import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { openStore } from "../../src/kv/open.ts";
import { SCRUB_EVERY_MS, SCRUB_STEP_MS } from "../../src/kernel/limits.ts";
import type { Store } from "../../src/kv/store.ts";
import { headKey, rowKey, segmentKey } from "../../src/log/keys.ts";
import { Log } from "../../src/log/log.ts";
import { scrub } from "../../src/log/scrub.ts";
import { Scrubber } from "../../src/server/scrubber.ts";
import { changedStore } from "../support/changed_store.ts";
import { counting, event } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { copyTakenOver, flipBit } from "../support/old_store.ts";
import { withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

/** A store in memory with two chains, and how often it was read. */
async function withStore(
  body: (store: Store, read: { readonly count: number }) => Promise<void>,
): Promise<void> {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: () => counting });
  for (const name of ["a", "b"]) {
    const chain = log.chain(name);
    for (let at = 0; at < 300; at++) await chain.append([event(at, "t", [`k${at}`])]);
  }
  await log.close();
  const read = { count: 0 };
  const counted = changedStore(store, {
    get: (...args) => (read.count++, store.get(...args)),
    list: (...args) => (read.count++, store.list(...args)),
  });
  try {
    await body(counted, read);
  } finally {
    store.close();
  }
}

async function flip(store: Store, key: Deno.KvKey): Promise<void> {
  const { value } = await store.get<Uint8Array>(key);
  assert(value !== null);
  const changed = value.slice();
  changed[70 % changed.length] = (changed[70 % changed.length] ?? 0) ^ 1;
  await store.commit({ checks: [], sets: [{ key, value: changed }], deletes: [] });
}

Deno.test("a look over the store finds heads, events and rows that are damaged, in small steps", async () => {
  await withStore(async (store, read) => {
    await flip(store, segmentKey("a", 100));
    await flip(store, rowKey("a", 0, ["seen", "k7"]));
    await flip(store, rowKey("a", 0, ["seen", "k200"]));
    const found: unknown[] = [];
    let most = 0;
    let before = read.count;
    for await (const { chain, damages } of scrub(store)) {
      for (const { offset, row } of damages) found.push([chain, offset ?? row]);
      most = Math.max(most, read.count - before);
      before = read.count;
    }
    assertEquals(found, [["a", 100], ["a", ["seen", "k200"]], ["a", ["seen", "k7"]]]);
    // Some segments or rows at a time, and a few more looks where there is damage.
    assert(most <= 12, `${most} reads in one step`);
    await flip(store, headKey("b"));
    const chains: string[] = [];
    for await (const { chain, damages } of scrub(store)) if (damages.length > 0) chains.push(chain);
    assertEquals([...new Set(chains)], ["a", "b"]);
  });
});

Deno.test("it goes on by the clock alone, rests when it is through, and looks again the next day", async () => {
  await withStore(async (store, read) => {
    const clock = new FakeClock();
    const scrubber = new Scrubber(store, clock);
    scrubber.start();
    const waiting = () => until("a step is over", () => clock.waiting > 0);
    const step = async () => {
      await waiting();
      clock.advance(SCRUB_STEP_MS);
      await waiting();
    };
    // Until two steps in a row read nothing: it has come to its rest.
    const restOf = async () => {
      for (let idle = 0, steps = 0; idle < 2; steps++) {
        const before = read.count;
        await step();
        idle = read.count === before ? idle + 1 : 0;
        assert(steps < 100, "it never rests");
      }
    };
    await restOf();
    assertEquals(scrubber.damages, 0);
    await flip(store, rowKey("b", 0, ["seen", "k1"]));
    const before = read.count;
    clock.advance(SCRUB_EVERY_MS / 2);
    await waiting();
    assertEquals([read.count, scrubber.damages], [before, 0]);
    clock.advance(SCRUB_EVERY_MS / 2);
    await restOf();
    assertEquals(scrubber.damages, 1);
    // What is mended is not told any more once it has been looked at again.
    await flip(store, rowKey("b", 0, ["seen", "k1"]));
    clock.advance(SCRUB_EVERY_MS);
    await restOf();
    assertEquals(scrubber.damages, 0);
    const stopped = scrubber.stop();
    await stopped;
  });
});

Deno.test("a store beyond the network is not looked over", async () => {
  await withStore(async (store) => {
    const clock = new FakeClock();
    const remote: Store = changedStore(store, { exclusive: false });
    const scrubber = new Scrubber(remote, clock);
    scrubber.start();
    assertEquals(clock.waiting, 0);
    await scrubber.stop();
  });
});

Deno.test("a running server tells what was found, without names, and serves the rest", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    const { key } = await copyTakenOver("65711f9", path);
    const chain = "streams/numbers";
    const kv = await Deno.openKv(path);
    const [row] = await Array.fromAsync(kv.list({ prefix: ["row", chain] }));
    kv.close();
    assert(row !== undefined);
    const clock = new FakeClock(Date.UTC(2026, 11, 1));
    await flipBit(path, row.key);
    await withServer(async ({ main }) => {
      const ready = async () => {
        const response = await fetch(`${main}/readyz`);
        return { status: response.status, body: await response.json() };
      };
      const checks = { store: "ok", serving: "ok" };
      assertEquals((await ready()).body, { status: "ready", checks });
      await until("the look over the store is through", async () => {
        clock.advance(SCRUB_STEP_MS);
        return (await ready()).body.damaged !== undefined;
      });
      assertEquals(await ready(), { status: 200, body: { status: "ready", checks, damaged: 1 } });
      const metrics = await (await fetch(`${main}/metrics`)).text();
      assert(/^ledger_damages 1$/m.test(metrics));
      const read = async (path: string) => {
        const headers = { authorization: `Bearer ${key}` };
        const response = await fetch(`${main}/v1/stream/${path}?offset=-1`, { headers });
        return [response.status, await response.text()] as const;
      };
      const [status, text] = await read("numbers");
      assertEquals([status, JSON.parse(text).code], [500, "damaged"]);
      assertEquals((await read("notes"))[0], 200);
    }, { flags: [`--store=${path}`], clock });
  });
});
