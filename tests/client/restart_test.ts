import { assert, assertEquals } from "@std/assert";
import { StreamClient } from "../../src/client/mod.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

/** Appends that wait for an answer at any time. */
const WRITERS = 5;

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test(`a server that ends by ${signal} and starts again takes nothing from its clients`, async () => {
    await withFolder(async (folder) => {
      const flags = [`--store=${folder}/ledger.db`, `--port=${freePort()}`];
      let server = await ServerProcess.start(flags);
      try {
        const streams = new StreamsApi(server.origin("main"));
        await streams.create("s");
        const turns: string[] = [];
        const client = new StreamClient<string>(streams.url("s"));
        const watched = new StreamClient<string>(streams.url("s"), {
          onAway: () => turns.push("away"),
          onBack: () => turns.push("back"),
        });
        const seen: string[] = [];
        let caughtUp = 0;
        let caughtUpBefore = 0;
        const feed = client.follow({ onCaughtUp: () => caughtUp++ });
        const watching = Array.fromAsync(watched.follow({ offset: "now" }));
        const following = (async () => {
          for await (const { data } of feed) seen.push(data);
        })();

        const written: string[] = [];
        let isDone = false;
        const writing = Array.from({ length: WRITERS }, async (_, writer) => {
          for (let at = 0; !isDone; at++) {
            await client.append(`${writer}-${at}`);
            written.push(`${writer}-${at}`);
          }
        });
        for (let round = 0; round < 2; round++) {
          const before = written.length;
          await until("some appends", () => written.length > before + 200);
          server.signal(signal);
          await server.ended();
          const at = seen.length;
          caughtUpBefore = caughtUp;
          server = await ServerProcess.start(flags);
          await until("the reader is back", () => seen.length > at);
          await until("so is the other", () => turns.length === 2 * (round + 1));
        }
        isDone = true;
        await within("every append is answered", Promise.all(writing));
        // While others write it may lag: that nothing more comes is told when nothing does.
        await until("the reader has caught up again", () => caughtUp > caughtUpBefore);
        await client.end();
        await within("the end of the stream", following);
        await within("the end of the stream for the other", watching);
        assertEquals(turns, ["away", "back", "away", "back"]);
        assert(feed.isClosed);
        // Everything once, and what each writer wrote in its order.
        assertEquals(seen.toSorted(), written.toSorted());
        for (let writer = 0; writer < WRITERS; writer++) {
          const own = seen.filter((data) => data.startsWith(`${writer}-`));
          assertEquals(own, own.map((_, at) => `${writer}-${at}`));
        }
        await client.close();
        await watched.close();
      } finally {
        await server.kill();
      }
    });
  });
}
