import { assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { ChainDialect } from "../../../../src/ledgers/hierachain/follow/chain_dialect.ts";
import { Log } from "../../../../src/log/log.ts";
import { RemoteServer } from "../../../../src/remote/remote_server.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";
import { NodeRoad } from "../../../support/node_road.ts";
import { until, within } from "../../../support/until.ts";

/** Milliseconds that an answer is waited for. */
const ANSWER_MS = 30_000;

/** A clock on which only waits between looks take time, and take none. */
class WaitsClock implements Clock {
  time = 0;
  readonly waits: number[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    if (ms === ANSWER_MS) return () => {};
    this.waits.push(ms);
    this.time += ms;
    return systemClock.after(0, run);
  }
}

Deno.test("a node is looked at often after news, less often while there is none, and a slow one rarely", async () => {
  await withServer(async ({ main }) => {
    const node = new HieraChainApi(`${main}/hierachain`);
    const road = new NodeRoad(`${main}/hierachain`);
    const store = await openStore(":memory:");
    const clock = new WaitsClock();
    const log = new Log(store, { projectionOf: chainProjection, clock });
    const left = new AbortController();
    try {
      const dialect = new ChainDialect({ names: () => Promise.resolve() }, {
        ...{ log, clock, random: () => 0, settings: {} },
        server: new RemoteServer({ origin: road.origin, key: undefined }),
      });
      const connection = await within("it connects", dialect.connect(left.signal));
      const { waits } = clock;
      // Where in the waits there was news.
      const heard: [line: string, at: number][] = [];
      const reading = (async () => {
        for await (const news of connection.news()) {
          if (news.kind === "end") heard.push([news.line, waits.length]);
        }
      })();
      await until("it is quiet", () => waits.at(-1) === 1_000);
      assertEquals(waits.slice(0, 10), Array(10).fill(64));
      assertEquals(waits.toSorted((a, b) => a - b), waits.slice(0, -1).concat(1_000));
      await node.create("a");
      const at = await until("there is news", () => heard.find(([line]) => line === "a")?.[1]);
      await until("it is looked at again", () => waits.length > at);
      assertEquals(waits[at], 64);
      road.fault = () => {
        clock.time += 400;
        return undefined;
      };
      await until("a slow look is followed by a long wait", () => waits.at(-1) === 2_000);
      left.abort();
      await within("it ends", reading.catch(() => {}));
    } finally {
      left.abort();
      await road.close();
      await log.close();
      store.close();
    }
  });
});
