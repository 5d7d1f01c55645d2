import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import type { Store } from "../../../src/kv/store.ts";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { chainProjection } from "../../../src/server/projections.ts";
import { ENTRY_EVENTS, orderEntriesOf, type OrderEntry } from "../../../src/streams/all/order.ts";
import { ORDER_KEPT_MS, OrderKeeper } from "../../../src/streams/all/order_keeper.ts";
import { ORDER_CHAIN } from "../../../src/streams/chain/names.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";

const isTold = (chain: string) => chain.startsWith("c/");

/** A log with a keeper of its order. */
function keeping(store: Store, clock: Clock = systemClock): { log: Log; keeper: OrderKeeper } {
  const log = new Log(store, {
    projectionOf: (chain) => isTold(chain) ? undefined : chainProjection(chain),
    clock,
  });
  return { log, keeper: new OrderKeeper(log, isTold) };
}

/** Runs `body` with a log in memory and a keeper of its order, and ends both. */
async function withKeeper(
  body: (log: Log, keeper: OrderKeeper, calls: () => number) => Promise<void>,
  clock?: Clock,
): Promise<void> {
  const opened = await openStore(":memory:");
  const { store, calls } = counted(opened);
  const { log, keeper } = keeping(store, clock);
  try {
    await body(log, keeper, calls);
  } finally {
    await keeper.stop();
    await log.close();
    opened.close();
  }
}

async function append(log: Log, chain: string, count = 1): Promise<void> {
  const events = Array.from({ length: count }, (_, at) => ({ type: "t", data: `${at}` }));
  await log.chain(chain).append(events);
}

async function order(log: Log): Promise<OrderEntry[]> {
  const entries: OrderEntry[] = [];
  for await (const batch of log.chain(ORDER_CHAIN).batches(0)) {
    entries.push(...orderEntriesOf(batch));
  }
  return entries.filter(({ kind }) => kind !== "followed");
}

/** Which events of each chain the order has; fails where one is missing or comes twice. */
function covered(entries: readonly OrderEntry[]): Map<string, number> {
  const reached = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind === "followed") continue;
    if (entry.kind === "reset") {
      reached.set(entry.chain, 0);
      continue;
    }
    assertEquals([entry.chain, entry.from], [entry.chain, reached.get(entry.chain) ?? 0]);
    assert(entry.to > entry.from && entry.to - entry.from <= ENTRY_EVENTS);
    reached.set(entry.chain, entry.to);
  }
  return reached;
}

/** A store that counts what is asked of it; one that others write to, where it is not `exclusive`. */
function counted(store: Store, exclusive = true): { store: Store; calls: () => number } {
  let calls = 0;
  const methods = new Set(["get", "getMany", "list", "listThen", "commit", "watch"]);
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === "exclusive") return exclusive;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (methods.has(String(name))) calls++;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store: proxy, calls: () => calls };
}

Deno.test("the order has every event once, those from before it was kept and those of while it was not", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  await withKeeper(async (log, keeper) => {
    await append(log, "c/old", 3);
    await append(log, "other/chain", 1);
    await keeper.keep();
    assertEquals([...covered(await order(log))], [["c/old", 3]]);
    await Promise.all([append(log, "c/old"), append(log, "c/new", 2)]);
    await keeper.keep();
    assertEquals([...covered(await order(log))].toSorted(), [["c/new", 2], ["c/old", 4]]);
    clock.advance(ORDER_KEPT_MS + 1);
    await append(log, "c/old");
    await append(log, "c/later", 1);
    await keeper.keep();
    const after = [["c/later", 1], ["c/new", 2], ["c/old", 5]];
    assertEquals([...covered(await order(log))].toSorted(), after);
  }, clock);
});

Deno.test("a long chain is put in the order by turns with all others", async () => {
  await withKeeper(async (log, keeper) => {
    await append(log, "c/long", 20 * ENTRY_EVENTS);
    for (const name of ["c/a", "c/z"]) await append(log, name, 3 * ENTRY_EVENTS);
    await keeper.keep();
    const entries = await order(log);
    const chains = entries.slice(0, 9).map((entry) => entry.kind === "followed" ? "" : entry.chain);
    assertEquals(chains, ["c/a", "c/long", "c/z", "c/a", "c/long", "c/z", "c/a", "c/long", "c/z"]);
    assertEquals(covered(entries).get("c/long"), 20 * ENTRY_EVENTS);
  });
});

Deno.test("a chain that began another life is said to have, and is told from its beginning", async () => {
  const store = await openStore(":memory:");
  const { log, keeper } = keeping(store);
  try {
    await append(log, "c/a", 2);
    await keeper.keep();
    await log.beginNewLife();
    await keeper.stop();
    const next = keeping(store);
    await next.keeper.keep();
    const entries = await order(log);
    assertEquals(entries.map(({ kind }) => kind), ["range", "reset", "range"]);
    assertEquals([...covered(entries)], [["c/a", 2]]);
    await next.keeper.stop();
    await next.log.close();
  } finally {
    await log.close();
    store.close();
  }
});

Deno.test("two thousand chains that are silent cost nothing, and one that speaks costs no look at the others", async () => {
  await withKeeper(async (log, keeper, calls) => {
    for (let at = 0; at < 2_000; at += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => append(log, `c/${at + n}`)));
    }
    await keeper.keep();
    assertEquals(covered(await order(log)).size, 2_000);
    const before = calls();
    for (let time = 0; time < 100; time++) await keeper.keep();
    assertEquals(calls() - before, 0, "it is asked to go on");
    await append(log, "c/7");
    await keeper.keep();
    assertEquals(covered(await order(log)).get("c/7"), 2);
    assert(calls() - before < 20, `${calls() - before} calls`);
  });
});

Deno.test("what a process had committed and not put in order before it was killed is put there by the next", async () => {
  const store = await openStore(":memory:");
  const first = keeping(store);
  await append(first.log, "c/a");
  await first.keeper.keep();
  // It is gone before it comes to it.
  const going = first.keeper.stop();
  await append(first.log, "c/a");
  await append(first.log, "c/b");
  await going;
  await first.log.close();
  const next = keeping(store);
  try {
    await Promise.all([next.keeper.keep(), next.keeper.keep(), append(next.log, "c/a")]);
    await next.keeper.keep();
    assertEquals([...covered(await order(next.log))].toSorted(), [["c/a", 3], ["c/b", 1]]);
  } finally {
    await next.keeper.stop();
    await next.log.close();
    store.close();
  }
});

Deno.test("an import of a chain is put in the order", async () => {
  await withKeeper(async (log, keeper) => {
    await keeper.keep();
    const line = { epoch: "0123456789abcdef", next: 2, form: 0 };
    const events = [0, 1].map((offset) => ({
      offset,
      id: `01M80TV52Y5ANN833N8GH6F55${offset}`,
      time: 1_000,
      type: "t",
      keys: [],
      data: "1",
      more: false,
    }));
    await log.chain("c/imported").import(line, ReadableStream.from(events));
    await until("it is in", async () => covered(await order(log)).get("c/imported") === 2);
  });
});

Deno.test("where others write to the store, each keeps the order once one asks, and what one left undone is found", async () => {
  const opened = await openStore(":memory:");
  // Time goes on by itself, and in leaps: writers that meet wait for each other.
  let leapt = 0;
  const clock = { now: () => systemClock.now() + leapt, after: systemClock.after };
  const shared = counted(opened, false);
  const [one, other, third] = [0, 1, 2].map(() => keeping(shared.store, clock));
  assert(one !== undefined && other !== undefined && third !== undefined);
  try {
    for (const { keeper } of [one, other]) keeper.start();
    await append(other.log, "c/before");
    await one.keeper.keep();
    await append(other.log, "c/a", 2);
    const reached = async (chain: string) => covered(await order(one.log)).get(chain);
    await until("the other has put it in order", async () => await reached("c/a") === 2);
    assertEquals(await reached("c/before"), 1);
    // One that never hears of it is as one that dies before it comes to it.
    await append(third.log, "c/lost", 3);
    const looking = async () => {
      leapt += 30_000;
      await one.keeper.keep();
      return await reached("c/lost") === 3;
    };
    await until("it is found", looking);
    for (let time = 0; time < 20; time++) await looking();
    const before = shared.calls();
    for (let minutes = 0; minutes < 60; minutes++) {
      leapt += 60_000;
      await one.keeper.keep();
    }
    const calls = shared.calls() - before;
    assert(calls < 200, `${calls} calls in an hour in which nothing happened`);
  } finally {
    for (const { keeper, log } of [one, other, third]) {
      await keeper.stop();
      await log.close();
    }
    opened.close();
  }
});
