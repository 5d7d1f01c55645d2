import { assertEquals, assertLessOrEqual } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { COMMIT_BYTES, COMMIT_KEY_BYTES, COMMIT_MUTATIONS } from "../../src/kernel/limits.ts";
import { UnknownOutcomeError } from "../../src/kv/store.ts";
import { keySize } from "../../src/log/key_size.ts";
import { Committer } from "../../src/log/committer.ts";
import { headKey, segmentKey } from "../../src/log/keys.ts";
import { counting, event, inMemory, readAll, TestLog } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { chainsOf, Gate, names, prepared, whileHeld } from "../support/gated_committer.ts";
import { ScriptedStore } from "../support/scripted_store.ts";

Deno.test("all chains that wait share one operation, and each has its own check", async () => {
  await whileHeld(async ({ gate, committer, store }) => {
    const ends = names(90).map((name) => committer.commit(name, prepared(name), null));
    gate.open();
    const stamps = (await Promise.all(ends)).map((end) => end?.versionstamp);
    assertEquals(gate.sent.map(chainsOf), [["first"], names(90)]);
    const heads = await store.getMany(names(90).map(headKey));
    assertEquals(heads.map(({ versionstamp }) => versionstamp), stamps.map((stamp) => stamp ?? ""));
  });
});

Deno.test("an operation holds no more than stores take", async () => {
  for (const isExclusive of [true, false]) {
    for (const [bytes, keys] of [[20_000, 1], [6_000, 60], [100, 1]] as const) {
      await whileHeld(async ({ gate, committer }) => {
        const count = 150;
        const ends = names(count).map((name) =>
          committer.commit(name, prepared(name, bytes, keys), null)
        );
        gate.open();
        assertEquals((await Promise.all(ends)).every((end) => end !== undefined), true);
        for (const { checks, sets } of gate.sent) {
          const keyBytes = sets.reduce((sum, { key }) => sum + keySize(key), 0);
          const total = sets.reduce((sum, { value }) => sum + (value as Uint8Array).length, 0);
          assertLessOrEqual(checks.length, isExclusive ? 100 : 10);
          assertLessOrEqual(sets.length, COMMIT_MUTATIONS);
          assertLessOrEqual(keyBytes, COMMIT_KEY_BYTES);
          assertLessOrEqual(total + 3 * keyBytes, COMMIT_BYTES + keyBytes);
        }
        // As few as the limits allow, and the first alone.
        const needed = Math.max(
          Math.ceil(count * (bytes + 400) / COMMIT_BYTES),
          Math.ceil(count * (keys + 1) / COMMIT_MUTATIONS),
          count / (isExclusive ? 100 : 10),
        );
        assertLessOrEqual(gate.sent.length, 1 + Math.ceil(needed * 1.2));
      }, isExclusive);
    }
  }
});

Deno.test("of chains that wait only the one whose head has moved hears of a conflict", async () => {
  await whileHeld(async ({ gate, committer, store }) => {
    for (const name of ["chain-3", "chain-7"]) {
      await store.commit({ checks: [], sets: [{ key: headKey(name), value: 1 }], deletes: [] });
    }
    const ends = names(20).map((name) => committer.commit(name, prepared(name), null));
    gate.open();
    const lost = (await Promise.all(ends)).flatMap((end, at) => end === undefined ? [at] : []);
    assertEquals(lost, [3, 7]);
    assertEquals(gate.sent.map(({ checks }) => checks.length), [1, 20, 18]);
  });
});

Deno.test("where the store does not say whose head has moved, the others are in all the same", async () => {
  await whileHeld(async ({ script, gate, committer, store }) => {
    const key = headKey("chain-5");
    await store.commit({ checks: [], sets: [{ key, value: 1 }], deletes: [] });
    script.getMany = () => Promise.reject(new LedgerError("store_unavailable", "no answer"));
    const ends = names(8).map((name) => committer.commit(name, prepared(name), null));
    gate.open();
    const lost = (await Promise.all(ends)).flatMap((end, at) => end === undefined ? [at] : []);
    assertEquals(lost, [5]);
  });
});

Deno.test("a refusal that may be of one chain is told to that one alone", async () => {
  const errors = [
    new LedgerError("too_large", "too many bytes"),
    new LedgerError("store_full", "no room for that"),
    new LedgerError("damaged", "The store is damaged at log chain-11"),
    new TypeError("a value that no store takes"),
  ];
  for (const error of errors) {
    const refuse: ScriptedStore["onCommit"] = (apply, mutation) =>
      chainsOf(mutation).includes("chain-11") ? Promise.reject(error) : apply();
    await whileHeld(
      async ({ gate, committer, store }) => {
        const ends = names(30).map((name) => committer.commit(name, prepared(name), null));
        gate.open();
        const told = await Promise.allSettled(ends);
        assertEquals(told.flatMap(({ status }, at) => status === "rejected" ? [at] : []), [11]);
        const heads = await store.getMany(names(30).map(headKey));
        assertEquals(heads.findIndex(({ value }) => value === null), 11);
      },
      true,
      refuse,
    );
  }
});

Deno.test("a refusal of the store as such is told to all, once", async () => {
  const refuse = () => Promise.reject(new LedgerError("closed", "The store is closed"));
  await inMemory(async (_log, store) => {
    const script = new ScriptedStore(store, true);
    script.onCommit = refuse;
    const gate = new Gate(script);
    gate.open();
    const committer = new Committer(script);
    const told = await Promise.allSettled(
      names(30).map((name) => committer.commit(name, prepared(name), null)),
    );
    assertEquals(told.every(({ status }) => status === "rejected"), true);
    assertEquals(gate.sent.length, 1);
  });
});

Deno.test("of two writers that stand on the same head of a chain one is in", async () => {
  await inMemory(async (_log, store) => {
    const committer = new Committer(store);
    const ends = await Promise.all(
      [100, 200, 300].map((bytes) => committer.commit("same", prepared("same", bytes), null)),
    );
    assertEquals(ends.map((end) => end !== undefined), [true, false, false]);
    const { value } = await store.get<Uint8Array>(segmentKey("same", 0));
    assertEquals(value?.length, 100);
  });
});

/** Time stands still, and nobody waits long. */
function hasty(): FakeClock {
  const clock = new FakeClock();
  clock.after = (_ms, task) => {
    const timer = setTimeout(task, 0);
    return () => clearTimeout(timer);
  };
  return clock;
}

Deno.test("lost replies of shared operations leave every event in once, at the offset told", async () => {
  await inMemory(async (other, real) => {
    const script = new ScriptedStore(real, true);
    let at = 0;
    script.onCommit = async (apply, mutation) => {
      // Lost on the way, then the reply is, then another process is faster on one of them.
      const kind = at++ % 4;
      if (kind === 0) throw new UnknownOutcomeError("lost");
      if (kind === 2) await other.chain(chainsOf(mutation)[0] ?? "none").append([event("b")]);
      const result = await apply();
      if (kind === 1) throw new UnknownOutcomeError("the reply is lost");
      return result;
    };
    const log = new TestLog(script, { clock: hasty(), projectionOf: () => counting });
    const places = await Promise.all(
      names(12).map(async (name) => {
        const told: number[] = [];
        for (let count = 0; count < 10; count++) {
          told.push((await log.chain(name).append([event("a"), event("a")])).first ?? NaN);
        }
        return told;
      }),
    );
    await log.close();
    for (const [at, name] of names(12).entries()) {
      const chain = other.chain(name);
      const mine = (await readAll(chain)).filter(({ data }) => data === "a");
      const expected = places[at]?.flatMap((place) => [place, place + 1]);
      assertEquals(mine.map(({ offset }) => offset), expected);
      assertEquals(await chain.compareRows(), undefined);
      assertEquals((await chain.verify()).ok, true);
    }
  }, { projectionOf: () => counting });
});
