/** Every stored row and head is under a checksum, with what it is called. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LedgerError } from "../../src/kernel/errors.ts";
import type { Store } from "../../src/kv/store.ts";
import { readHead } from "../../src/log/head.ts";
import { headKey, mergeKey, rowKey } from "../../src/log/keys.ts";
import { damagedKept } from "../../src/log/kept.ts";
import { scrub } from "../../src/log/scrub.ts";
import { decodeRow, encodeRow } from "../../src/log/rows.ts";
import type { RowValue } from "../../src/log/projection.ts";
import { changedStore } from "../support/changed_store.ts";
import { counting, event, events, inMemory, TestLog } from "../support/chains.ts";

const CHAIN = "summed";

async function put(store: Store, key: Deno.KvKey, value: unknown): Promise<void> {
  await store.commit({ checks: [], sets: [{ key, value }], deletes: [] });
}

/** Some bytes with one bit changed, each in turn. */
function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield changed;
  }
}

const anyValue: fc.Arbitrary<RowValue> = fc.jsonValue({ maxDepth: 2 }).filter((value) =>
  !Object.is(value, -0)
) as fc.Arbitrary<RowValue>;
const anyKey = fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 3 });

Deno.test("a row is read back under its own key, and under no other", () => {
  fc.assert(fc.property(anyKey, anyKey, anyValue, (key, other, value) => {
    const stored = encodeRow(CHAIN, key, value);
    assertEquals(decodeRow(CHAIN, key, stored), JSON.parse(JSON.stringify(value)));
    if (JSON.stringify(key) === JSON.stringify(other)) return;
    assertThrows(() => decodeRow(CHAIN, other, stored), LedgerError, JSON.stringify(other));
    assertThrows(() => decodeRow(`${CHAIN}2`, key, stored), LedgerError);
  }));
});

Deno.test("every flip of a single bit of a row is told to whoever reads it, and names chain and row", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN, counting);
    await chain.append([event("x", "t", ["k"])]);
    const key = ["seen", "k"];
    const full = rowKey(CHAIN, 0, key);
    const { value } = await store.get<Uint8Array>(full);
    assert(value !== null);
    for (const changed of flips(value)) {
      await put(store, full, changed);
      const fresh = new TestLog(store);
      const other = fresh.chain(CHAIN, counting);
      const asks = [
        () => other.row(key),
        () => other.rows(["seen"], 10),
        () => other.execute(async (tx) => await tx.get(key)),
      ];
      for (const ask of asks) {
        const error = await assertRejects(ask, LedgerError);
        assertEquals([error.code, error.details], ["damaged", {
          chain: CHAIN,
          row: '["seen","k"]',
        }]);
        assert(error.message.includes(CHAIN) && error.message.includes("Rebuild"), error.message);
      }
      // The rows beside it are as ever, and so is whoever does not need it.
      const [one, two] = [other.row(key).catch(() => "damaged"), other.row(["count", "t"])];
      assertEquals(await Promise.all([one, two]), ["damaged", 1]);
      await fresh.close();
    }
    assertEquals(await chain.verify(), {
      ok: false,
      damages: [{
        row: key,
        reason: `The row ["seen","k"] of ${CHAIN} is damaged: its checksum does not match. ` +
          "Rebuild the chain",
      }],
      untold: 0,
    });
    await chain.rebuild();
    assert((await chain.verify()).ok);
    await chain.append([event("y", "t", ["k"])]);
  });
});

Deno.test("a row that stands under the key of another is noticed", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain(CHAIN, counting);
    await chain.append([event("x", "t", ["a", "b"])]);
    const { value } = await store.get(rowKey(CHAIN, 0, ["seen", "a"]));
    await put(store, rowKey(CHAIN, 0, ["seen", "b"]), value);
    assertEquals(
      (await assertRejects(() => chain.row(["seen", "b"]), LedgerError)).code,
      "damaged",
    );
    assertEquals(await chain.row(["seen", "a"]), { offset: 0, length: 1 });
  });
});

Deno.test("every flip of a single bit of a head is told to whoever needs it, and names the chain", async () => {
  await inMemory(async (log, store) => {
    await log.chain(CHAIN, counting).append(events(3));
    const { value } = await store.get<Uint8Array>(headKey(CHAIN));
    assert(value !== null);
    for (const changed of flips(value)) {
      await put(store, headKey(CHAIN), changed);
      assertThrows(
        () => readHead({ key: headKey(CHAIN), value: changed, versionstamp: "1" }),
        LedgerError,
        CHAIN,
      );
    }
    const fresh = new TestLog(store);
    const chain = fresh.chain(CHAIN, counting);
    const signal = new AbortController().signal;
    const asks = [
      () => chain.head(),
      () => chain.row(["count", "t"]),
      () => chain.append(events(1)),
      () => chain.follow({ from: { at: "earliest" }, signal }).next(),
    ];
    for (const ask of asks) {
      const error = await assertRejects(ask, LedgerError);
      assertEquals([error.code, error.details.chain], ["damaged", CHAIN]);
    }
    // The head of another chain is no head of this one.
    await fresh.chain("other").append(events(1));
    await put(store, headKey(CHAIN), (await store.get(headKey("other"))).value);
    assertEquals((await assertRejects(() => chain.head(), LedgerError)).code, "damaged");
    await fresh.close();
  });
});

Deno.test("a head that cannot be read hides no other chain, and says which it is", async () => {
  await inMemory(async (log, store) => {
    for (const name of ["a", "b", "c"]) await log.chain(name, counting).append(events(2));
    await put(store, headKey("b"), { not: "a head" });
    const names: unknown[] = [];
    for await (const { name, head, failure } of log.heads()) {
      names.push([name, head?.next ?? failure?.code]);
    }
    assertEquals(names, [["a", 2], ["b", "damaged"], ["c", 2]]);
    const good: string[] = [];
    for await (const { name } of log.chains()) good.push(name);
    assertEquals(good, ["a", "c"]);
    const verified = await log.chain("b", counting).verify();
    assertEquals(verified.ok ? "ok" : verified.damages[0]?.reason.includes("head of b"), true);
  });
});

Deno.test("heads that the store cannot even give are looked for one by one", async () => {
  await inMemory(async (log, store) => {
    for (const name of ["a", "b", "c", "cd"]) await log.chain(name, counting).append(events(2));
    const broken = (key: Deno.KvKey | undefined) => key?.[0] === "head" && key[1] === "b";
    // What Deno throws where a value is not what its encoding says.
    const fail = () => Promise.reject(new RangeError("could not deserialize value"));
    const half = changedStore(store, {
      get: (key: Deno.KvKey) => broken(key) ? fail() : store.get(key),
      list: async <T>(...args: Parameters<Store["list"]>) => {
        const entries = await store.list<T>(...args);
        return entries.some(({ key }) => broken(key)) ? await fail() : entries;
      },
    });
    const names: unknown[] = [];
    for await (const { name, head, failure } of new TestLog(half).heads()) {
      names.push([name, head?.next ?? failure?.code]);
    }
    assertEquals(names, [["a", 2], ["b", "damaged"], ["c", 2], ["cd", 2]]);
  });
});

Deno.test("where heads and segments are broken, the chains on both sides of the break are found", async () => {
  await inMemory(async (log, store) => {
    const all = ["a", "b", "c", "d", "e"];
    for (const name of all) for (let at = 0; at < 3; at++) await log.chain(name).append(events(1));
    const isBroken = (key: Deno.KvKey) =>
      (key[0] === "head" && key[1] === "b") ||
      (key[0] === "log" && (key[1] === "c" || (key[1] === "d" && key[2] === 0)));
    const half = changedStore(store, {
      get: async <T>(key: Deno.KvKey) => {
        if (isBroken(key)) throw new LedgerError("damaged", "broken");
        return await store.get<T>(key);
      },
      list: async <T>(...args: Parameters<Store["list"]>) => {
        const entries = await store.list<T>(...args);
        if (entries.some(({ key }) => isBroken(key))) throw new LedgerError("damaged", "broken");
        return entries;
      },
    });
    const names: unknown[] = [];
    for await (const { name, head, failure } of new TestLog(half).heads()) {
      names.push([name, head?.next ?? failure?.code]);
    }
    assertEquals(names, [["a", 3], ["b", "damaged"], ["d", 3], ["e", 3]]);
  });
});

Deno.test("a chain that has lost its head is not begun anew over its own events", async () => {
  await inMemory(async (log, store) => {
    await log.chain(CHAIN, counting).append(events(3));
    await store.commit({ checks: [], sets: [], deletes: [headKey(CHAIN)] });
    const fresh = new TestLog(store);
    const { code } = await assertRejects(
      () => fresh.chain(CHAIN, counting).append(events(1)),
      LedgerError,
    );
    assertEquals(code, "damaged");
    assertEquals(
      (await store.list({ start: ["log", CHAIN], end: ["log", CHAIN, true] }, 9)).length,
      1,
    );
    await fresh.close();
  });
});

Deno.test("what a ledger keeps once per store is under a checksum, and kept over from 0.1.0", async () => {
  await inMemory(async (log, store) => {
    const old = new Uint8Array([1, 2, 3]);
    await put(store, ["node", "a", "key"], old);
    const make = () => new Uint8Array([9]);
    assertEquals(await log.nodeValue(["a", "key"], make), old);
    assertEquals(await new TestLog(store).nodeValue(["a", "key"], make), old);
    assertEquals(await log.nodeValue(["a", "other"], make), make());
    const key = ["kept", "a", "key"];
    const { value } = await store.get<Uint8Array>(key);
    assert(value !== null);
    for (const changed of flips(value)) {
      await put(store, key, changed);
      const error = await assertRejects(() => log.nodeValue(["a", "key"], make), LedgerError);
      assertEquals([error.code, error.message.includes('"a","key"')], ["damaged", true]);
    }
    await put(store, key, value);
    assertEquals(await damagedKept(store), []);
    await put(store, ["kept", "a", "other"], value);
    await assertRejects(() => log.nodeValue(["a", "other"], make), LedgerError, "checksum");
    assertEquals((await damagedKept(store)).map(({ name }) => name), ["kept a other"]);
    const looks = (await Array.fromAsync(scrub(store))).filter(({ damages }) => damages.length > 0);
    assertEquals(looks.map(({ chain }) => chain), ["kept a other"]);
  });
});

Deno.test("a merge mark that says nonsense costs nothing but a merge", async () => {
  for (const mark of [-1, 1, 1e9, Infinity, NaN, "x", null]) {
    await inMemory(async (log, store) => {
      const chain = log.chain(CHAIN, counting);
      for (let at = 0; at < 30; at++) await chain.append(events(1, at));
      await put(store, mergeKey(CHAIN), mark);
      for (let at = 30; at < 60; at++) await chain.append(events(1, at));
      assert((await chain.verify()).ok);
      assertEquals((await chain.read(0, 100)).length, 60);
    }, { merge: { every: 10, lag: 5 } });
  }
});
