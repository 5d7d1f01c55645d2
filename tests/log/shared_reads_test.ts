import { assert, assertEquals, assertRejects } from "@std/assert";
import { SharedReads } from "../../src/log/shared_reads.ts";
import { LogReader } from "../../src/log/reader.ts";
import { event, withLog } from "../support/chains.ts";
import { ScriptedStore } from "../support/scripted_store.ts";
import { memoryPlace } from "../support/stores.ts";

/** Reads that end when a test says so, each with its number. */
function heldReads() {
  const begun: { name: string; end: PromiseWithResolvers<number> }[] = [];
  const reads = new SharedReads((name) => {
    const end = Promise.withResolvers<number>();
    begun.push({ name, end });
    return end.promise;
  });
  const end = (at: number) => begun[at]?.end.resolve(at);
  return { reads, begun, end };
}

Deno.test("those who ask together share what begins after they have asked", async () => {
  const { reads, begun, end } = heldReads();
  const first = Array.from({ length: 4 }, () => reads.read("a"));
  const others = Array.from({ length: 100 }, () => reads.read("a"));
  const elsewhere = reads.read("b");
  assertEquals(begun.map(({ name }) => name), ["a", "a", "a", "a", "b"]);
  end(2);
  assertEquals(await first[2], 2);
  assertEquals(begun.length, 6);
  // The one of the hundred is under way already: who comes now hears of a later one.
  const late = reads.read("a");
  end(5);
  assertEquals(new Set(await Promise.all(others)), new Set([5]));
  assertEquals(begun.length, 7);
  for (const at of [0, 1, 3, 4, 6]) end(at);
  assertEquals(await Promise.all([...first, elsewhere, late]), [0, 1, 2, 3, 4, 6]);
  const again = reads.read("a");
  end(7);
  assertEquals(await again, 7);
});

Deno.test("a read that fails is that of those who share it alone", async () => {
  const { reads, begun, end } = heldReads();
  const first = Array.from({ length: 4 }, () => reads.read("a"));
  const others = [reads.read("a"), reads.read("a")];
  begun[0]?.end.reject(new Error("one"));
  await assertRejects(() => first[0] ?? Promise.resolve(), Error, "one");
  const last = reads.read("a");
  begun[4]?.end.reject(new Error("two"));
  for (const other of others) await assertRejects(() => other, Error, "two");
  for (const at of [1, 2, 3, 5]) end(at);
  assertEquals(await Promise.all([...first.slice(1), last]), [1, 2, 3, 5]);
});

Deno.test("a crowd that asks for the head of a chain is told of what was there when it asked", async () => {
  const place = await memoryPlace();
  try {
    await withLog(place, async (log, real) => {
      const chain = log.chain("c");
      await chain.append([event("one")]);
      const store = new ScriptedStore(real);
      let asked = 0;
      const get = store.get.bind(store);
      store.get = (key) => {
        asked++;
        return get(key);
      };
      const reader = new LogReader(store);
      const ask = () => Array.from({ length: 1_000 }, () => reader.head("c"));
      const before = ask();
      await chain.append([event("two")]);
      const after = ask();
      for (const head of await Promise.all(after)) assertEquals(head?.next, 2);
      await Promise.all(before);
      assert(asked < 50, `asked ${asked} times`);
    });
  } finally {
    await place.remove();
  }
});
