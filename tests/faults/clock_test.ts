import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { withServer } from "../support/in_process.ts";
import { untilReady } from "../support/ready.ts";
import { withFolder } from "../support/server.ts";
import { dataOf, eventsOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** What the clock does between appends, in milliseconds. */
const STEPS = [-HOUR, YEAR, -10 * YEAR];

/** The machine's clock, set wrong by so many milliseconds. */
class WrongClock implements Clock {
  wrongBy = 0;

  now(): number {
    return Date.now() + this.wrongBy;
  }

  after(ms: number, task: () => void): () => void {
    return systemClock.after(ms, task);
  }
}

Deno.test("whatever the clock does, offsets are dense, ids and times grow, sockets stay and blocks close", async () => {
  const clock = new WrongClock();
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const flags = [`--store=${store}`];
    let blocks = 0;
    await withServer(async ({ main, native, api }) => {
      const streams = new StreamsApi(main);
      let latest = clock.now();
      await api.create("c");
      await streams.create("s");
      let most = clock.now();
      const reader = await streamSocket(main, "s");
      const follower = await ClientSocket.open(native);
      await follower.subscribe("c", { from: 0 });
      blocks = await api.blocks("c", 2);
      for (const [at, step] of STEPS.entries()) {
        clock.wrongBy += step;
        const now = clock.now();
        await streams.append("s", at);
        await until("the reader hears", () => dataOf(reader).length > at);
        const time = Date.parse(eventsOf(reader)[at].time);
        assert(time >= Math.max(latest, now) && time <= Math.max(most, clock.now()));
        latest = most = time;
        await api.append("c", { entity_id: `E-${at}`, event_type: "t" });
        blocks = await api.blocks("c", blocks + 1);
      }
      const ids = eventsOf(reader).map(({ id }) => id);
      assertEquals(ids, [...new Set(ids)].sort());
      const all = () =>
        follower.told.filter(({ type }) => type === "new_event" || type === "new_block");
      await until("the last block", () => all().at(-1)?.type === "new_block");
      assertEquals(all().map(({ offset }) => offset), [...all().keys()]);
      await untilReady(main);
      await reader.close();
      await follower.close();
    }, { clock, flags });

    // The next process may begin at a time before all that is in the log.
    clock.wrongBy -= 5 * YEAR;
    await withServer(async ({ main, api }) => {
      const streams = new StreamsApi(main);
      await streams.append("s", STEPS.length);
      await api.append("c", { entity_id: "next", event_type: "t" });
      assert(await api.blocks("c", blocks + 1) > blocks);
      assertEquals(JSON.parse((await streams.get("s")).text), [...Array(STEPS.length + 1).keys()]);
    }, { clock, flags });
    await assertWhole(store);
  });
});
