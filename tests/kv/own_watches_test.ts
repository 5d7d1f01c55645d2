import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/kernel/clock.ts";
import { type KvClient, runtimeClient } from "../../src/kv/client.ts";
import { DenoKvStore } from "../../src/kv/deno_kv.ts";
import { withOwnWatches } from "../../src/kv/own_watches.ts";
import type { Mutation } from "../../src/kv/store.ts";
import { event, TestLog } from "../support/chains.ts";
import { until } from "../support/until.ts";

async function withClient(
  body: (ours: KvClient, kv: Deno.Kv) => Promise<void>,
  changed: (client: KvClient) => KvClient = (client) => client,
): Promise<void> {
  const kv = await Deno.openKv(":memory:");
  const ours = withOwnWatches({ ...changed(runtimeClient(kv)), close: () => {} });
  try {
    await body(ours, kv);
  } finally {
    ours.close();
    kv.close();
  }
}

const A: Deno.KvKey = ["head", "a"];
const B: Deno.KvKey = ["head", "b", 1];

function setting(...sets: [key: Deno.KvKey, value: unknown][]): Mutation {
  return { checks: [], sets: sets.map(([key, value]) => ({ key, value })), deletes: [] };
}

/** Reads a watch's values until they are those. */
async function toldOf(
  reader: ReadableStreamDefaultReader<{ value: unknown }[]>,
  wanted: readonly unknown[],
): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("the watch has ended");
    const values = value.map((entry) => entry.value);
    if (JSON.stringify(values) === JSON.stringify(wanted)) return;
  }
}

Deno.test("a watch tells what is there, and then what its own client writes and deletes", async () => {
  await withClient(async (ours, kv) => {
    await kv.set(B, "before");
    const reader = ours.watch([A, B]).getReader();
    const first = (await reader.read()).value;
    assertEquals(first, [await kv.get(A), await kv.get(B)]);
    // Others' keys, and keys that begin as one of its own do, are no news.
    await ours.commit(setting([["head", "b"], 0], [["head"], 0], [["row", "a"], 0], [A, 1]));
    const second = (await reader.read()).value;
    assertEquals(second, [await kv.get(A), await kv.get(B)]);
    await ours.commit({ checks: [], sets: [{ key: A, value: 2 }], deletes: [B] });
    await toldOf(reader, [2, null]);
    const waiting = reader.read();
    await reader.cancel();
    assertEquals((await waiting).done, true);
    const other = ours.watch([A]).getReader();
    await toldOf(other, [2]);
    const ended = other.read();
    ours.close();
    assertEquals((await ended).done, true);
  });
});

Deno.test("a watch tells nothing of a commit whose check fails", async () => {
  await withClient(async (ours) => {
    const reader = ours.watch([A]).getReader();
    await toldOf(reader, [null]);
    const checks = [{ key: A, versionstamp: "00000000000000010000" }];
    assertEquals(await ours.commit({ ...setting([A, "lost"]), checks }), undefined);
    await ours.commit(setting([A, "won"]));
    assertEquals((await reader.read()).value?.map(({ value }) => value), ["won"]);
    await reader.cancel();
  });
});

Deno.test("a commit that fails may be in all the same, and its watch looks", async () => {
  let isBroken = false;
  await withClient(async (ours) => {
    const reader = ours.watch([A]).getReader();
    await toldOf(reader, [null]);
    isBroken = true;
    await assertRejects(() => ours.commit(setting([A, "in"])), Error, "no answer");
    await toldOf(reader, ["in"]);
    await reader.cancel();
  }, (client) => ({
    ...client,
    async commit(mutation) {
      const result = await client.commit(mutation);
      if (isBroken) throw new Error("no answer");
      return result;
    },
  }));
});

Deno.test("what was written while a watch began is not told as it was before", async () => {
  const gate = Promise.withResolvers<void>();
  await withClient(async (ours, kv) => {
    await kv.set(A, "before");
    const reader = ours.watch([A, B]).getReader();
    await ours.commit(setting([A, "after"]));
    gate.resolve();
    assertEquals((await reader.read()).value?.map(({ value }) => value), ["after", null]);
    await reader.cancel();
  }, (client) => ({
    ...client,
    async getMany<T>(keys: readonly Deno.KvKey[]) {
      const read = await client.getMany<T>(keys);
      await gate.promise;
      return read;
    },
  }));
});

Deno.test("a watch whose keys cannot be read fails, as any does, and another may be begun", async () => {
  let isBroken = true;
  await withClient(async (ours) => {
    await assertRejects(() => ours.watch([A]).getReader().read(), Error, "broken");
    isBroken = false;
    const reader = ours.watch([A]).getReader();
    await toldOf(reader, [null]);
    await reader.cancel();
  }, (client) => ({
    ...client,
    getMany: <T>(keys: readonly Deno.KvKey[]) =>
      isBroken ? Promise.reject(new Error("broken")) : client.getMany<T>(keys),
  }));
});

Deno.test("a chain that is followed reads nothing of what its own process appends", async () => {
  const kv = await Deno.openKv(":memory:");
  const client = runtimeClient(kv);
  let lists = 0;
  const counted: KvClient = {
    ...client,
    list: (range, limit, reverse) => {
      lists++;
      return client.list(range, limit, reverse);
    },
  };
  const about = { description: "counted", exclusive: true };
  const store = new DenoKvStore(withOwnWatches(counted), systemClock, about);
  const log = new TestLog(store);
  const chain = log.chain("followed");
  await chain.append([event(0)]);
  let woken = 0;
  const follower = await chain.attach(0, () => woken++);
  lists = 0;
  for (let at = 1; at <= 100; at++) await chain.append([event(at)]);
  assertEquals(lists, 0);
  await until("all are told", () => woken >= 100);
  follower.close();
  await log.close();
  store.close();
});
