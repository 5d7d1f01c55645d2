import { assertEquals } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { readFrames } from "../../../src/remote/ledgerline/frames.ts";
import { RecordsFeed } from "../../../src/server/admin/records_feed.ts";
import { until } from "../../support/until.ts";

Deno.test("a mirror hears of a chain that another server has taken away and begun anew between two looks", async () => {
  const own = await openStore(":memory:");
  // Of which others write as well.
  const store = new Proxy(own, {
    get(target, name) {
      if (name === "exclusive") return false;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const projectionOf = () => undefined;
  const other = new Log(store, { projectionOf });
  const log = new Log(store, { projectionOf });
  const stop = new AbortController();
  const told: { readonly epoch: string; readonly next: number }[] = [];
  try {
    const chain = other.chain("streams/x");
    const append = () => chain.append([{ type: "t", data: "1" }]);
    await append();
    await append();
    const facts = () => Promise.resolve({ facts: {}, isAll: true });
    const feed = new RecordsFeed(log, () => true, () => 0, facts);
    const reading = (async () => {
      for await (const { head } of readFrames(feed.frames(stop.signal))) {
        if ("epoch" in head && "next" in head) told.push({ epoch: head.epoch, next: head.next });
      }
    })();
    await until("it is told", () => told.length > 0);
    await chain.drop(() => Promise.resolve(true), true);
    for (let at = 0; at < 5; at++) await append();
    const head = await chain.head();
    await until("the new life is told", () => told.some(({ epoch }) => epoch === head?.epoch));
    assertEquals(told.at(-1), { epoch: head?.epoch, next: 5 });
    stop.abort();
    await reading;
  } finally {
    stop.abort();
    await other.close();
    await log.close();
    own.close();
  }
});
