import { assertEquals } from "@std/assert";
import { figureWithin } from "../support/amounts.ts";
import { DENOKV_TOKEN, denokvTest, startDenokv } from "../support/denokv.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { untilReady } from "../support/ready.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** Milliseconds in which the server has found its store again. */
const RECONNECT_MS = 5_000;

denokvTest(
  "while denokv is away the server says so, and is ready within seconds of its return",
  async (program) => {
    await withFolder(async (folder) => {
      const file = `${folder}/kv.sqlite3`;
      let denokv = await startDenokv(program, file);
      const { port } = denokv;
      const server = await ServerProcess.start([`--store=${denokv.url}`], {
        DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN,
      });
      try {
        const main = server.origin("main");
        const health = new HieraChainApi(main);
        const streams = new StreamsApi(main);
        await streams.create("s");
        const reader = await streamSocket(main, "s");
        await caughtUp(reader);
        await streams.append("s", 1);
        await untilReady(main);

        await denokv.stop();
        // Its writer does not know whether it is in, and says it again when the store is back.
        const producer = { "producer-id": "p", "producer-epoch": "0", "producer-seq": "0" };
        const send = () => streams.send("POST", "s", { headers: producer, body: "2" });
        const waiting = send();
        assertEquals((await health.get("/readyz")).status, 503);
        assertEquals((await health.get("/livez")).status, 200);
        const { status, text } = await waiting;
        assertEquals([status, JSON.parse(text).code], [503, "store_unavailable"]);

        const back = performance.now();
        denokv = await startDenokv(program, file, port);
        await untilReady(main);
        figureWithin("ms until ready again", performance.now() - back, RECONNECT_MS);
        assertEquals([200, 204].includes((await send()).status), true);
        await until("the reader has all", () => dataOf(reader).length === 2);
        assertEquals(dataOf(reader), [1, 2]);
        await reader.close();
      } finally {
        await server.kill();
        await denokv.stop();
      }
    });
  },
);
