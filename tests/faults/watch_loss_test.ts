import { chainProjection } from "../../src/server/projections.ts";
import { assertEquals, assertGreater } from "@std/assert";
import { Log } from "../../src/log/log.ts";
import { amount, figureWithin } from "../support/amounts.ts";
import { earliest, event, inMemory } from "../support/chains.ts";
import { ScriptedStore, scriptedWatch } from "../support/scripted_store.ts";
import { until } from "../support/until.ts";

const EVENTS = amount("LEDGER_WATCH_LOSS_EVENTS", 4);

Deno.test(`of ${EVENTS} commits by another process whose rings are all lost, each is heard`, async () => {
  await inMemory(async (other, real) => {
    const deaf = new ScriptedStore(real);
    deaf.onWatch = () => scriptedWatch().stream;
    const woken: string[] = [];
    const log = new Log(deaf, {
      projectionOf: chainProjection,
      observer: { woken: (source) => woken.push(source) },
    });
    const stop = new AbortController();
    const heard: number[] = [];
    const following = (async () => {
      for await (const told of log.chain("c").follow({ from: earliest, signal: stop.signal })) {
        if (told.kind === "event") heard.push(told.event.offset);
      }
    })();
    let longest = 0;
    for (let at = 0; at < EVENTS; at++) {
      await other.chain("c").append([event(at)]);
      const began = performance.now();
      await until("it is heard", () => heard.length > at);
      longest = Math.max(longest, performance.now() - began);
    }
    stop.abort();
    await following;
    assertEquals(heard, Array.from({ length: EVENTS }, (_, at) => at));
    assertEquals(new Set(woken.slice(1)), new Set(["poll"]));
    assertGreater(woken.length, EVENTS - 2);
    figureWithin("ms at the most", longest, 1_000);
    await log.close();
  });
});
