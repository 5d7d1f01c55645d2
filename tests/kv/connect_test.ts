import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { runtimeClient } from "../../src/kv/client.ts";
import { KvConnectClient } from "../../src/kv/connect_client.ts";
import { decodeKey, encodeKey } from "../../src/kv/connect_keys.ts";
import { DENOKV_TOKEN, denokvTest, withDenokv, withKvProxy } from "../support/denokv.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until } from "../support/until.ts";
import { FakeKvService } from "../support/fake_kv_service.ts";
import type { KvProxy } from "../support/kv_proxy.ts";

/** Parts of keys, with what is special to how they are sent. */
const PARTS: readonly Deno.KvKeyPart[] = [
  "",
  "a",
  "a\0b",
  "\0\0",
  "zürich 😀",
  "\ufeffa",
  "x".repeat(200),
  0,
  -0,
  1,
  -1,
  0.1,
  -1e300,
  Number.MAX_SAFE_INTEGER,
  Infinity,
  -Infinity,
  true,
  false,
  new Uint8Array(0),
  new Uint8Array([0, 255, 0, 0, 1]),
];

/** Values of every kind that there may be in a store. */
const VALUES: readonly unknown[] = [
  new Uint8Array(0),
  new Uint8Array([0, 1, 255]),
  new Uint8Array(60 * 1024).fill(7),
  "text",
  "zürich €",
  1,
  -1.5,
  true,
  5n,
  { a: [1, { b: "c" }], bytes: new Uint8Array([1, 2, 3]) },
  new Map([[1, new Set(["x"])]]),
  new Date(0),
  new Deno.KvU64(2n ** 64n - 1n),
];

interface Both {
  readonly url: string;
  readonly ours: KvConnectClient;
  readonly runtimes: Deno.Kv;
}

function withBoth(sentence: string, body: (both: Both) => Promise<void>): void {
  denokvTest(`KV Connect: ${sentence}`, (program) =>
    withDenokv(program, async ({ url }) => {
      const ours = await KvConnectClient.open(url, DENOKV_TOKEN);
      const runtimes = await Deno.openKv(url);
      try {
        await body({ url, ours, runtimes });
      } finally {
        ours.close();
        runtimes.close();
      }
    }));
}

function withProxied(sentence: string, body: (proxy: KvProxy) => Promise<void>): void {
  denokvTest(`KV Connect: ${sentence}`, (program) => withKvProxy(program, body));
}

function setting(entries: readonly (readonly [Deno.KvKey, unknown])[]) {
  return { checks: [], sets: entries.map(([key, value]) => ({ key, value })), deletes: [] };
}

withBoth(
  "what the runtime's client wrote is read as it reads it, and the other way round",
  async ({ ours, runtimes }) => {
    for (const writer of [ours, runtimeClient(runtimes)]) {
      const keys = PARTS.map((part) => ["part", part, "end"]);
      const values = VALUES.map((_, at) => ["value", at]);
      const wrote = await writer.commit(setting([
        ...keys.map((key, at) => [key, at] as const),
        ...values.map((key, at) => [key, VALUES[at]] as const),
      ]));
      for (const reader of [ours, runtimeClient(runtimes)]) {
        const range = { start: ["part"], end: ["value", true] };
        const entries = await reader.list(range, 1_000, false);
        assertEquals(entries.length, PARTS.length + VALUES.length);
        assertEquals(entries.slice(PARTS.length).map(({ value }) => value), VALUES);
        // -0 and 0 are two keys, and sort so.
        const parts = entries.slice(0, PARTS.length).map(({ value }) => PARTS[Number(value)]);
        assertEquals(entries.slice(0, PARTS.length).map(({ key }) => key[1]), parts);
        assertEquals(parts.slice(-2), [false, true]);
        for (const { key, versionstamp } of entries) {
          assertEquals(versionstamp, wrote?.versionstamp);
          assertEquals((await reader.get(key)).versionstamp, versionstamp);
        }
        const last = entries.at(-1)?.versionstamp ?? null;
        const check = { key: ["value", 0], versionstamp: last };
        const stale = { key: ["value", 1], versionstamp: null };
        const deletes = keys.slice(0, 1);
        assertEquals(await reader.commit({ checks: [check, stale], sets: [], deletes }), undefined);
        assertEquals((await reader.getMany([...deletes, ["absent"]])).map(({ value }) => value), [
          0,
          null,
        ]);
      }
    }
    const gone = await ours.commit({ checks: [], sets: [], deletes: [["value", 0]] });
    assert(gone !== undefined);
    assertEquals((await runtimes.get(["value", 0])).versionstamp, null);
  },
);

withBoth("a list may be longer than a batch, and is read from both ends", async ({ ours }) => {
  for (const part of [0, 1, 2]) {
    const keys = Array.from({ length: 700 }, (_, at): Deno.KvKey => ["n", 700 * part + at]);
    await ours.commit(setting(keys.map((key) => [key, key[1]])));
  }
  const range = { start: ["n", 10], end: ["n", 2_090] };
  const all = Array.from({ length: 2_080 }, (_, at) => at + 10);
  const values = async (limit: number, reverse: boolean) =>
    (await ours.list<number>(range, limit, reverse)).map(({ value }) => value);
  assertEquals(await values(5_000, false), all);
  assertEquals(await values(5_000, true), all.toReversed());
  assertEquals(await values(1_500, true), all.toReversed().slice(0, 1_500));
  assertEquals(await values(1, false), [10]);
});

withBoth(
  "a watch tells at once what is there, also nothing, and rings for what either client writes",
  async ({ ours, runtimes }) => {
    const keys = [["a"], ["b"]];
    const reader = ours.watch(keys).getReader();
    const told = async () => (await reader.read()).value?.map(({ value }) => value);
    assertEquals(await told(), [null, null]);
    await runtimes.set(["b"], 1);
    assertEquals(await told(), [null, 1]);
    await ours.commit(setting([[["a"], new Uint8Array(50_000)]]));
    assertEquals(await told(), [new Uint8Array(50_000), 1]);
    await runtimes.delete(["b"]);
    assertEquals(await told(), [new Uint8Array(50_000), null]);
    const waiting = reader.read();
    await reader.cancel();
    assertEquals((await waiting).done, true);
    // One that nobody leaves ends with its client.
    const other = ours.watch(keys).getReader();
    await other.read();
    const ended = other.read();
    ours.close();
    assertEquals((await ended).done, true);
  },
);

withBoth("what is asked of a closed client is told, and the server serves on", async (both) => {
  const { ours, url } = both;
  const asked = ours.get(["a"]);
  ours.close();
  await assertRejects(() => asked);
  await assertRejects(() => ours.get(["a"]), Deno.errors.BadResource);
  const next = await KvConnectClient.open(url, DENOKV_TOKEN);
  assertEquals((await next.get(["a"])).value, null);
  next.close();
});

Deno.test("keys keep what they are and their order when they are sent", () => {
  const part = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.uint8Array(),
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 5 }), (key) => {
    assertEquals(decodeKey(encodeKey(key)), key);
  }));
  fc.assert(fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (one, other) => {
    if (one >= other) return;
    assert(encodeKey([one]).toHex() < encodeKey([other]).toHex());
  }));
});

Deno.test("where a service has forgotten the word that it gave, it is asked for another once", async () => {
  const service = new FakeKvService();
  const client = await KvConnectClient.open(service.url, DENOKV_TOKEN);
  try {
    service.answer = { status: 401, text: "the token has expired" };
    await assertRejects(() => client.get(["a"]), Error, "the token has expired");
    assertEquals([service.asked, service.welcomed], [2, 2]);
  } finally {
    client.close();
    await service.stop();
  }
});

withProxied("a watch that hears nothing at all for 20 s is lost", async (proxy) => {
  const clock = new FakeClock();
  const client = await KvConnectClient.open(proxy.url, DENOKV_TOKEN, clock);
  try {
    const watch = client.watch([["a"]]).getReader();
    assertEquals((await watch.read()).value?.length, 1);
    const next = watch.read();
    proxy.mute();
    await until("it listens", () => clock.waiting === 1);
    clock.advance(20_000);
    await assertRejects(() => next, Error, "silent");
    assertEquals(clock.waiting, 0);
  } finally {
    client.close();
  }
});

withProxied(
  "a list with a key after it is one read, as long as it is short",
  async (proxy) => {
    const client = await KvConnectClient.open(proxy.url, DENOKV_TOKEN);
    try {
      const keys = Array.from({ length: 999 }, (_, at) => ["r", at]);
      for (const some of [keys.slice(0, 500), keys.slice(500)]) {
        await client.commit(setting(some.map((key) => [key, 1] as const)));
      }
      await client.commit(setting([[["k"], "v"]]));
      const range = { start: ["r"], end: ["s"] };
      for (
        const [limit, reverse, found, calls] of [
          [10, false, 10, 1],
          [10, true, 10, 1],
          [1_000, false, 999, 3],
          [5_000, true, 999, 3],
          [998, false, 998, 1],
        ] as const
      ) {
        const before = proxy.counts.calls;
        const { entries, entry } = await client.listThen(range, limit, reverse, ["k"]);
        assertEquals([entries.length, entry.value], [found, "v"]);
        const sorted = reverse ? [...keys].reverse() : keys;
        assertEquals(entries.map(({ key }) => key), sorted.slice(0, found));
        assertEquals(proxy.counts.calls - before, calls);
      }
      const { entry } = await client.listThen(range, 1, false, ["nothing"]);
      assertEquals(entry, { key: ["nothing"], value: null, versionstamp: null });
    } finally {
      client.close();
    }
  },
);
