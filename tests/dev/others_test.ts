/** Other servers of a store, where one of them takes chains back. */
import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { Ledgerline } from "../../src/dev/start.ts";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { finishRewinding, rewindAll } from "../../src/log/rewinding.ts";
import { chainProjection } from "../../src/server/projections.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { findDenokv, NO_DENOKV, withDenokv } from "../support/denokv.ts";
import { startNode } from "../support/dev_node.ts";
import { testUnlessMissing } from "../support/missing.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

const denokv = findDenokv();
const missing = denokv === undefined ? NO_DENOKV : undefined;

const OFF = { "hathor-mine": "off" };

/** Requests of which none is answered, each of them asked so many milliseconds after the one before. */
const WAITING = 5;
const LATE_MS = 300;

const snapshotAnswer = z.object({ id: z.int() });
const status = z.object({ dag: z.object({ best_block: z.object({ height: z.int() }) }) });

async function heightOf(node: Ledgerline): Promise<number> {
  const answer = await fetch(`${node.urls.hathor}/v1a/status`);
  return status.parse(await answer.json()).dag.best_block.height;
}

/** Runs `body` with two servers over one store. */
async function withTwo(
  body: (nodes: readonly [Ledgerline, Ledgerline], store: string) => Promise<void>,
  threads = "1",
): Promise<void> {
  await withDenokv(denokv ?? "", async ({ url: store }) => {
    await using one = await startNode({ ...OFF, store, threads: "1" });
    // It has no developer mode of its own, and follows all the same.
    await using other = await startNode({ ...OFF, store, threads, dev: "off" });
    await body([one, other], store);
  });
}

for (const threads of ["1", "3"]) {
  testUnlessMissing(
    `another server of the store goes on with what there is, on ${threads} threads, and its followers hear`,
    missing,
    async () => {
      await withTwo(async ([one, other]) => {
        const [here, there] = [new StreamsApi(one.url), new StreamsApi(other.url)];
        for (const name of ["s", "still"]) await here.create(name);
        const kept = await here.append("s", 1);
        await one.dev("mine", {});
        const { id } = snapshotAnswer.parse(await one.dev("snapshots", {}));
        for (let round = 0; round < 2; round++) {
          const lost = await there.append("s", 2);
          await one.dev("mine", { blocks: 2 });
          await until("it has the blocks", async () => await heightOf(other) === 3);
          const sockets = {
            s: await streamSocket(other.url, "s"),
            still: await streamSocket(other.url, "still"),
            wallets: await ClientSocket.open(other.urls.hathor ?? "", "/v1a/ws/"),
          };
          await caughtUp(sockets.s);
          assertEquals(dataOf(sockets.s), [1, 2]);
          await one.dev("revert", { id });
          const codes = await within(
            "they hear",
            Promise.all(Object.values(sockets).map(({ closed }) => closed)),
          );
          assertEquals(codes.map(({ code }) => code), [4007, 1001, 4007]);
          assertEquals(await heightOf(other), 1);
          assertEquals((await there.get("s?offset=-1")).text, "[1]");
          assertEquals((await there.get(`s?offset=${kept}`)).text, "[]");
          assertEquals((await there.get(`s?offset=${lost}`)).status, 410);
        }
        // Both go on from there.
        await there.append("s", 3);
        assertEquals((await here.get("s?offset=-1")).text, "[1,3]");
        const socket = await streamSocket(other.url, "s");
        await caughtUp(socket);
        await here.append("s", 4);
        await until("it hears of it", () => dataOf(socket).length === 3);
        await socket.close();
        await one.dev("mine", {});
        await until("it has the block", async () => await heightOf(other) === 2);
      }, threads);
    },
  );
}

testUnlessMissing(
  "requests to another server wait while chains go back, and are answered by what is there then",
  missing,
  async () => {
    await withTwo(async ([one, other], place) => {
      const [here, there] = [new StreamsApi(one.url), new StreamsApi(other.url)];
      await here.create("s");
      await here.append("s", 1);
      const { id } = snapshotAnswer.parse(await one.dev("snapshots", {}));
      await here.append("s", 2);
      await one.stop();
      const store = await openStore(place);
      const log = new Log(store, { projectionOf: chainProjection });
      let waiting: Promise<string>[] = [];
      const toS = (chain: string) => chain === "streams/s";
      await rewindAll(log, toS, { snapshot: id }, async () => {
        await until("requests wait", async () => {
          const asked = there.get("s?offset=-1").then(({ text }) => text);
          const late = new Promise<void>((resolve) => setTimeout(resolve, LATE_MS));
          waiting.push(asked);
          // One alone may be late because the machine is busy.
          if (await Promise.race([...waiting, late]) !== undefined) waiting = [];
          return waiting.length >= WAITING;
        });
      });
      await finishRewinding(store);
      const answers = await within("the answers", Promise.all(waiting));
      assertEquals(answers, answers.map(() => "[1]"));
      assertEquals(answers.length, WAITING);
      await log.close();
      store.close();
    });
  },
);
