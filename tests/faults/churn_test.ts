import { assertEquals, assertLess } from "@std/assert";
import { amount, figure } from "../support/amounts.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { metric } from "../support/metrics.ts";
import { Prng } from "../support/prng.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";
import { WsClient } from "../support/ws_client.ts";

const MINUTE = 60_000;
const MIB = 1_024 * 1_024;

const MINUTES = amount("LEDGER_CHURN_MINUTES", 0.05);
const SOCKETS = amount("LEDGER_CHURN_SOCKETS", 50);

/** Events a second, half of them to either ledger. */
const EVENTS_PER_SECOND = 200;

/** A socket's life in milliseconds: at the least, and by chance as much longer. */
const LIFE_MS = 500;

/** Minutes of the warm-up that say nothing, and growth in a minute that is none. */
const WARM_MINUTES = 5;
const MIB_PER_MINUTE = 1;

Deno.test(`${SOCKETS} sockets that come and go for ${MINUTES} minutes leave nothing behind`, async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    const server = await ServerProcess.start([`--store=${path}`]);
    try {
      const main = server.origin("main");
      const api = new HieraChainApi(server.origin("hierachain"));
      const streams = new StreamsApi(main);
      await api.create("c");
      await streams.create("s");
      const before = await openFiles(server);
      const stop = new AbortController();
      const random = new Prng(27);
      const working = [
        pace(stop.signal, (at) => streams.append("s", at)),
        pace(stop.signal, (at) => api.append("c", { entity_id: `E-${at}`, event_type: "t" })),
        ...Array.from({ length: SOCKETS }, (_, at) => churn(server, at, random, stop.signal)),
      ];
      const samples: { minute: number; mib: number }[] = [];
      for (const begun = performance.now(); performance.now() - begun < MINUTES * MINUTE;) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(5_000, MINUTES * MINUTE / 4)));
        const mib = await metric(main, "process_resident_memory_bytes") / MIB;
        samples.push({ minute: (performance.now() - begun) / MINUTE, mib });
      }
      stop.abort();
      const [first = 0, second = 0, ...opened] = await Promise.all(working);
      figure("events appended", first + second);
      figure("sockets opened", opened.reduce((sum, count) => sum + count, 0));
      assertSteady(samples);
      for (const ledger of ["hierachain", "streams"]) {
        await until("the sockets are gone", async () => {
          return await metric(main, `ledger_sockets{ledger="${ledger}"}`) === 0;
        });
      }
      // The client of HTTP keeps a few connections open.
      await until("the files are closed", async () => await openFiles(server) <= before + 8);
      const { code, stderr } = await server.stop();
      assertEquals([code, stderr], [0, ""]);
      await assertWhole(path);
    } finally {
      await server.kill();
    }
  });
});

/** Appends at its half of the rate until told to stop; returns how often. */
async function pace(stop: AbortSignal, append: (at: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  for (let at = 0;; at++) {
    const early = begun + at * 2_000 / EVENTS_PER_SECOND - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    if (stop.aborted) return at;
    await append(at);
  }
}

/** Opens one socket after another, which hear what comes and end in one of two ways. */
async function churn(
  server: ServerProcess,
  number: number,
  random: Prng,
  stop: AbortSignal,
): Promise<number> {
  const isStream = number % 2 === 0;
  let opened = 0;
  for (; !stop.aborted; opened++) {
    let heard = 0;
    const count = () => void heard++;
    const client = isStream
      ? await WsClient.open(server.origin("main"), count, {}, "/v1/stream/s?offset=now")
      : await WsClient.open(server.origin("hierachain"), count);
    if (!isStream) client.send({ action: "subscribe", chain_name: "c" });
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS * (1 + random.next())));
    await until("a socket hears something", () => heard > 0 || stop.aborted);
    if (random.chance(0.5)) await client.cut();
    else await client.close();
  }
  return opened;
}

/** Holds the slope of memory after the warm-up; a run as short as that has none. */
function assertSteady(samples: readonly { minute: number; mib: number }[]): void {
  const warm = samples.filter(({ minute }) => minute > WARM_MINUTES);
  figure("MiB at the end", samples.at(-1)?.mib ?? 0);
  if (warm.length < 12) return;
  const slope = slopeOf(warm);
  figure("MiB more in a minute", slope);
  assertLess(slope, MIB_PER_MINUTE);
}

/** By least squares. */
function slopeOf(samples: readonly { minute: number; mib: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = mean(samples.map(({ minute }) => minute));
  const level = mean(samples.map(({ mib }) => mib));
  const along = samples.reduce(
    (sum, { minute, mib }) => sum + (minute - middle) * (mib - level),
    0,
  );
  return along / samples.reduce((sum, { minute }) => sum + (minute - middle) ** 2, 0);
}

/** How many files the process has open; 0 where the system does not tell. */
async function openFiles(server: ServerProcess): Promise<number> {
  if (Deno.build.os !== "linux") return 0;
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${server.pid}/fd`)) count++;
  return count;
}
