import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { SEGMENT_BYTES } from "../../src/kernel/limits.ts";
import type { Store } from "../../src/kv/store.ts";
import { type Head, headEntry, readHead } from "../../src/log/head.ts";
import { headKey, segmentKey } from "../../src/log/keys.ts";
import { checksumOf } from "../../src/log/record.ts";
import { ChainTools } from "../../src/server/admin/chain_tools.ts";
import { earliest, event, events, followTo, inMemory, TestLog } from "../support/chains.ts";

const CHAIN = "damaged";

/**
 * 30 events in commits of three, one event (30) in four parts, ten commits of one (31 to 40), one
 * commit of three segments (41 to 43), and three commits of one (44 to 46).
 */
async function fill(log: TestLog): Promise<void> {
  const chain = log.chain(CHAIN);
  for (let at = 0; at < 10; at++) await chain.append(events(3, at * 3));
  await chain.append([event("x".repeat(200_000))]);
  for (let at = 31; at < 41; at++) await chain.append(events(1, at));
  await chain.append([41, 42, 43].map((at) => event(`${at}`.repeat(20_000))));
  for (let at = 44; at < 47; at++) await chain.append(events(1, at));
}

const END = 47;

async function value(store: Store, first: number, part = 0): Promise<Uint8Array> {
  const { value } = await store.get<Uint8Array>(segmentKey(CHAIN, first, part));
  assert(value !== null);
  return value.slice();
}

async function put(store: Store, first: number, bytes: Uint8Array | null, part = 0): Promise<void> {
  const key = segmentKey(CHAIN, first, part);
  const sets = bytes === null ? [] : [{ key, value: bytes }];
  await store.commit({ checks: [], sets, deletes: bytes === null ? [key] : [] });
}

async function alterHead(store: Store, change: (head: Head) => Partial<Head>): Promise<void> {
  const { head } = readHead(await store.get(headKey(CHAIN)));
  assert(head !== undefined);
  const sets = [headEntry(CHAIN, { ...head, ...change(head) })];
  await store.commit({ checks: [], sets, deletes: [] });
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

/** Changes the last byte of a segment's data, as somebody who knows the format would. */
async function forge(store: Store, first: number): Promise<void> {
  const bytes = flipped(
    (await value(store, first)).slice(),
    -1 + (await value(store, first)).length,
  );
  new DataView(bytes.buffer).setUint32(8, checksumOf(bytes), true);
  await put(store, first, bytes);
}

/** Each way to damage the log, and the first offset that is damaged by it. */
const DAMAGES: Record<string, [(store: Store) => Promise<void>, number]> = {
  "a byte of data flipped": [
    async (store) => await put(store, 6, flipped(await value(store, 6), 105)),
    6,
  ],
  "the first byte flipped": [
    async (store) => await put(store, 0, flipped(await value(store, 0), 0)),
    0,
  ],
  "the flags flipped": [
    async (store) => await put(store, 33, flipped(await value(store, 33), 1)),
    33,
  ],
  "a reserved byte flipped": [
    async (store) => await put(store, 33, flipped(await value(store, 33), 2)),
    33,
  ],
  "the length flipped": [
    async (store) => await put(store, 34, flipped(await value(store, 34), 7)),
    34,
  ],
  "a byte of the last event flipped": [
    async (store) => await put(store, 46, flipped(await value(store, 46), 60)),
    46,
  ],
  "the first segment deleted": [(store) => put(store, 0, null), 0],
  "a segment deleted": [(store) => put(store, 9, null), 9],
  "the last segment deleted": [(store) => put(store, 46, null), 46],
  "the middle of a commit deleted": [(store) => put(store, 42, null), 42],
  "the end of a commit deleted": [(store) => put(store, 43, null), 43],
  "two segments swapped": [
    async (store) => {
      const [one, two] = [await value(store, 35), await value(store, 37)];
      await put(store, 35, two);
      await put(store, 37, one);
    },
    35,
  ],
  "the first part of a large event deleted": [(store) => put(store, 30, null), 30],
  "a middle part of a large event deleted": [(store) => put(store, 30, null, 1), 30],
  "the last part of a large event deleted": [(store) => put(store, 30, null, 3), 30],
  "two parts of a large event swapped": [
    async (store) => {
      const [one, two] = [await value(store, 30, 1), await value(store, 30, 2)];
      one[0] = (one[0] ?? 0) ^ 1;
      assertEquals(one.length, SEGMENT_BYTES);
      await put(store, 30, two, 1);
      await put(store, 30, one, 2);
    },
    30,
  ],
  "a value cut short": [
    async (store) => await put(store, 12, (await value(store, 12)).slice(0, -1)),
    12,
  ],
  "a value cut to nothing": [(store) => put(store, 12, new Uint8Array()), 12],
  "a value that is not bytes": [
    async (store) => {
      const sets = [{ key: segmentKey(CHAIN, 12), value: "text" }];
      await store.commit({ checks: [], sets, deletes: [] });
    },
    12,
  ],
  "two damages": [
    async (store) => {
      await put(store, 39, flipped(await value(store, 39), 70));
      await put(store, 32, flipped(await value(store, 32), 70));
    },
    32,
  ],
};

for (const [what, [damage, offset]] of Object.entries(DAMAGES)) {
  Deno.test(`${what}: verify names the offset, and nobody reads past it`, async () => {
    await inMemory(async (log, store) => {
      await fill(log);
      await damage(store);
      const verified = await log.chain(CHAIN).verify();
      assertEquals(verified.ok ? "ok" : verified.damages[0]?.offset, offset);
      // Another log, so that nothing of before is in memory.
      const fresh = new TestLog(store);
      const chain = fresh.chain(CHAIN);
      const told: number[] = [];
      const reading = async () => {
        const signal = new AbortController().signal;
        for await (const one of chain.follow({ from: earliest, signal })) {
          if (one.kind === "event") told.push(one.event.offset);
          assert(one.kind !== "caught_up", "caught up past damage");
        }
      };
      const error = await assertRejects(reading, LedgerError);
      assertEquals([error.code, error.details.offset], ["damaged", offset]);
      assertEquals(told, [...Array(offset).keys()]);
      const backward = await assertRejects(() => chain.readBackward(END, END), LedgerError);
      assertEquals(backward.code, "damaged");
      const forward = await assertRejects(() => chain.read(0, END), LedgerError);
      assertEquals(forward.code, "damaged");
      if (offset > 0) assertEquals((await chain.read(0, offset)).length, offset);
      if (offset < 31) assertEquals((await chain.read(31, 3)).length, 3);
      await fresh.close();
    });
  });
}

Deno.test("data changed with a right checksum is found by the chain of hashes", async () => {
  for (
    const [changed, named] of [[0, 0], [6, 6], [31, 31], [41, 41], [42, 41], [46, 46]] as const
  ) {
    await inMemory(async (log, store) => {
      await fill(log);
      await forge(store, changed);
      const verified = await log.chain(CHAIN).verify();
      assertEquals(verified.ok ? "ok" : verified.damages[0]?.offset, named);
      assert(!verified.ok && verified.damages[0]?.reason.includes("hash"));
    });
  }
});

Deno.test("bytes behind a segment's last record are found by verify", async () => {
  await inMemory(async (log, store) => {
    await fill(log);
    await put(store, 12, new Uint8Array([...await value(store, 12), 0]));
    const verified = await log.chain(CHAIN).verify();
    assertEquals(verified.ok ? "ok" : verified.damages[0]?.offset, 15);
    assertEquals((await log.chain(CHAIN).read(0, END)).length, END);
  });
});

Deno.test("of two kinds of damage, verify names the first", async () => {
  await inMemory(async (log, store) => {
    await fill(log);
    await forge(store, 31);
    await put(store, 36, flipped(await value(store, 36), 70));
    const verified = await log.chain(CHAIN).verify();
    assertEquals(verified.ok ? "ok" : verified.damages[0]?.offset, 31);
  });
});

Deno.test("a head that does not belong to its log is found, and where", async () => {
  const cases: [what: string, change: (head: Head) => Partial<Head>, offset: number][] = [
    ["hash", ({ hash }) => ({ hash: hash.replace(/./, (c) => c === "0" ? "1" : "0") }), 46],
    ["id", () => ({ id: "01ARYZ6S41TSV4RRFFQ69G5FAV" }), 46],
    ["time", ({ time }) => ({ time: time + 1 }), 46],
    ["commits", ({ commits }) => ({ commits: commits + 1 }), 46],
    ["next ahead", () => ({ next: 60 }), 47],
    ["next behind", () => ({ next: 45 }), 44],
    ["next inside a commit", () => ({ next: 10 }), 10],
    ["not a head", () => ({ next: 0.5 }), 0],
  ];
  for (const [what, change, offset] of cases) {
    await inMemory(async (log, store) => {
      await fill(log);
      await alterHead(store, change);
      const verified = await log.chain(CHAIN).verify();
      assertEquals(verified.ok ? "ok" : verified.damages[0]?.offset, offset, what);
    });
  }
});

Deno.test("a head that is ahead of its log ends a follower at the log's end", async () => {
  await inMemory(async (log, store) => {
    await fill(log);
    await alterHead(store, () => ({ next: 60 }));
    const other = new TestLog(store);
    const chain = other.chain(CHAIN);
    const error = await assertRejects(() => followTo(chain, earliest, 60), LedgerError);
    assertEquals([error.code, error.details.offset], ["damaged", END]);
    await other.close();
  });
});

Deno.test("a deleted head leaves events that verify finds", async () => {
  await inMemory(async (log, store) => {
    await fill(log);
    await store.commit({ checks: [], sets: [], deletes: [headKey(CHAIN)] });
    const verified = await log.chain(CHAIN).verify();
    assertEquals(verified, {
      ok: false,
      damages: [{ offset: 0, reason: "there are events, and no head" }],
      untold: 0,
    });
  });
});

Deno.test("events behind a head that was put back are found, and not written over", async () => {
  await inMemory(async (log, store) => {
    await log.chain(CHAIN).append(events(3));
    const { value } = await store.get(headKey(CHAIN));
    for (let at = 3; at < 6; at++) await log.chain(CHAIN).append([event(at)]);
    // By another process, under one that goes on and one that begins.
    await store.commit({ checks: [], sets: [{ key: headKey(CHAIN), value }], deletes: [] });
    const other = new TestLog(store);
    for (const { chain } of [{ chain: log.chain(CHAIN) }, { chain: other.chain(CHAIN) }]) {
      const error = await assertRejects(() => chain.append([event("new")]), LedgerError);
      assertEquals([error.code, error.details.offset], ["damaged", 3]);
      assertEquals(await chain.verify(), {
        ok: false,
        damages: [{ offset: 3, reason: "there are events behind the head" }],
        untold: 0,
      });
    }
    await other.close();
    const tools = new ChainTools(log);
    const told: string[] = [];
    const lines = await Array.fromAsync(
      tools.export(CHAIN, undefined, ({ reason }) => told.push(reason)),
    );
    assertEquals(told, ["there are events behind the head"]);
    assertEquals(lines.join("").trim().split("\n").length, 1 + 6);
  });
});

Deno.test("who reads much at once is told of a segment that is missing, wherever it begins", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN);
    for (let at = 0; at < 60; at++) await chain.append([event(`${at}`.repeat(25_000))]);
    await put(store, 20, null);
    const firstsFrom = async (offset: number): Promise<number[]> => {
      const firsts: number[] = [];
      for await (const { batches, free } of chain.stretch(offset, 8_000_000)) {
        firsts.push(...batches.map(({ first }) => first));
        free();
      }
      return firsts;
    };
    const numbers = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => from + at);
    assertEquals(await firstsFrom(21), numbers(21, 60));
    const error = await assertRejects(() => firstsFrom(20), LedgerError);
    assertEquals([error.code, error.details.offset], ["damaged", 20]);
  });
});
