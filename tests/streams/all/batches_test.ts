import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { Batches } from "../../../src/streams/all/batches.ts";

Deno.test("readers at several places of many chains share what is read, and drive each other out of nothing", async () => {
  const store = await openStore(":memory:");
  let reads = 0;
  const counted = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (name === "list") reads++;
        return Reflect.apply(value, target, args);
      };
    },
  });
  const log = new Log(counted, { projectionOf: () => undefined });
  try {
    const chains = ["a", "b", "c"];
    const count = 400;
    for (const name of chains) {
      for (let n = 0; n < count; n++) await log.chain(name).append([{ type: "t", data: `${n}` }]);
    }
    const batches = new Batches(log);
    reads = 0;
    for (let n = 0; n < count / 4; n++) {
      for (const name of chains) {
        const epoch = (await log.chain(name).head())?.epoch ?? "";
        for (const offset of [n, count / 4 + n, count / 2 + n, 3 * count / 4 + n]) {
          const batch = await batches.at(name, epoch, offset);
          assertEquals(batch?.event(offset - batch.first).data, `${offset}`);
        }
        assertEquals(await batches.at(name, "another life", n), undefined);
        assertEquals(await batches.at(name, epoch, count), undefined);
      }
    }
    assert(reads < 200, `${reads} reads of ${chains.length * count} events`);
  } finally {
    await log.close();
    store.close();
  }
});

Deno.test("what was committed just now is at hand without a read, of the chain's present life alone", async () => {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: () => undefined });
  try {
    const batches = new Batches(log);
    const deafen = log.everyCommit((chain, head, records) =>
      batches.recent.add(chain, head, records)
    );
    await log.chain("a").append([{ type: "t", data: "0" }, { type: "t", data: "1" }]);
    await log.chain("a").append([{ type: "t", data: "2" }]);
    const epoch = (await log.chain("a").head())?.epoch ?? "";
    for (const offset of [0, 1, 2]) {
      const batch = batches.at("a", epoch, offset);
      assert(!(batch instanceof Promise));
      assertEquals(batch.event(offset - batch.first).data, `${offset}`);
    }
    assertEquals(await batches.at("a", "another life", 0), undefined);
    deafen();
    batches.clear();
    const read = batches.at("a", epoch, 0);
    assert(read instanceof Promise);
    // Whoever closes the store before it is there gets a rejection that is nobody's.
    await read;
  } finally {
    await log.close();
    store.close();
  }
});
