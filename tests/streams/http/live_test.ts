import { assertEquals } from "@std/assert";
import { systemClock } from "../../../src/kernel/clock.ts";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { chainProjection } from "../../../src/server/projections.ts";
import { StreamService } from "../../../src/streams/chain/service.ts";
import { type LiveHold, LiveStreams } from "../../../src/streams/http/live.ts";
import { appendJson, makeStream } from "../chain/stream_world.ts";

Deno.test("live readers of two lives of a stream share no page", async () => {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    const service = new StreamService(log, systemClock);
    const live = new LiveStreams(service);
    const lives: string[] = [];
    const holds: LiveHold[] = [];
    for (const count of [4, 2]) {
      await makeStream(service, "s");
      for (let number = 0; number < count; number++) await appendJson(service, "s", `${number}`);
      lives.push((await service.state("s")).life);
      holds.push(await live.hold("s"));
      if (count === 4) await service.remove("s");
    }
    const look = async (at: number) =>
      (await holds[at]?.stream.look(lives[at] ?? "", 3))?.state.life === lives[at];
    // Whichever is the first to look.
    for (const order of [[1, 0], [0, 1]]) {
      await appendJson(service, "s", "more");
      const found = await Promise.all(order.map(look));
      assertEquals(order.map((at, index) => found[index] === (at === 1)), [true, true]);
    }
    for (const hold of holds) hold.leave();
    live.end();
  } finally {
    await log.close();
    store.close();
  }
});
