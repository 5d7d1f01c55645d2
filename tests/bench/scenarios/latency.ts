import { Buffer } from "node:buffer";
import { appendRequest, sentNow } from "../events.ts";
import { median, quantile } from "../pairs.ts";
import { createChain, delay, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import { CpuMeter } from "../cpu.ts";
import { HttpConnection } from "../raw_http.ts";
import type { Scenario } from "../scenario.ts";
import { subscribed } from "../streams.ts";
import { rounded, type Row } from "../table.ts";
import { bareCommits } from "./append.ts";

/** Events a second that are sent, whatever the answers do. */
export const PER_SECOND = 1_000;

const SUBSCRIBERS = 10;
const CONNECTIONS = 64;
const MARK = '"sent":';
const DIGITS = 15;

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/**
 * From sending an append to receiving its event, at a steady rate that does not wait for answers:
 * an event that finds every connection busy is counted from when it should have been sent. Held
 * against commits of one event to a bare store, one at a time.
 */
export const latency: Scenario = {
  name: "latency",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withFolder(async (folder) => {
      const server = await startOurs(folder);
      try {
        await createChain(server, "bench");
        const seconds = quick ? 0.5 : 5;
        const measure = (seconds: number) => measureLatency(server, [server], SUBSCRIBERS, seconds);
        await measure(seconds / 5);
        const ours: Latency[] = [];
        const bare: Latency[] = [];
        const meter = await CpuMeter.start(server.pid);
        for (let pair = 0; pair < pairs; pair++) {
          ours.push(await measure(seconds));
          bare.push(await bareCommits("single", seconds / 2));
        }
        const { client } = await meter.stop();
        return [
          rowOf("p50", 2, ours, bare, `client ${client.toFixed(2)} cores`),
          rowOf("p99", 3, ours, bare, `${PER_SECOND} events/s to ${SUBSCRIBERS} clients`),
        ];
      } finally {
        await server.stop();
      }
    }),
};

function rowOf(
  which: keyof Latency,
  most: number,
  ours: readonly Latency[],
  bare: readonly Latency[],
  note: string,
): Row {
  const each = ours.map((found, at) => found[which] / (bare[at]?.[which] ?? NaN));
  const ms = (found: readonly Latency[]) => `${rounded(median(found.map((one) => one[which])))} ms`;
  return {
    scenario: `latency-${which}`,
    ours: ms(ours),
    ceiling: ms(bare),
    ratio: median(each),
    each,
    target: { is: "at most", value: most },
    note,
  };
}

/**
 * From sending events to one server to receiving them from servers that have its chain `bench`, each
 * by some clients.
 */
export async function measureLatency(
  server: ServerProcess,
  heard: readonly ServerProcess[],
  subscribers: number,
  seconds: number,
): Promise<Latency> {
  const times: number[] = [];
  const crowds = await Promise.all(heard.map((one) =>
    subscribed(one, "bench", subscribers, {
      message(payload) {
        const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
        const at = text.indexOf(MARK);
        if (at < 0) return;
        const sent = Number(text.toString("latin1", at + MARK.length, at + MARK.length + DIGITS));
        times.push((sentNow() - sent) / 1_000);
      },
    })
  ));
  const count = Math.round(seconds * PER_SECOND);
  const all = count * heard.length * subscribers;
  try {
    await paced(server, count);
    for (let waited = 0; times.length < all && waited < 3_000; waited += 20) await delay(20);
  } finally {
    for (const crowd of crowds) await crowd.close();
  }
  if (times.length < all) throw new Error(`${times.length} of ${all} events arrived`);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Sends `count` events at the rate, over connections that are taken as they are free. */
async function paced(server: ServerProcess, count: number): Promise<void> {
  const free = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => HttpConnection.connect(server.port)),
  );
  const all = [...free];
  const waiting: number[] = [];
  const busy = new Set<Promise<void>>();
  let fault: unknown;
  const send = async (connection: HttpConnection, first: number) => {
    try {
      for (let sent: number | undefined = first; sent !== undefined; sent = waiting.shift()) {
        await connection.exchange(appendRequest("bench", sent % 1_000, sent));
      }
      free.push(connection);
    } catch (error) {
      fault ??= error;
    }
  };
  const started = performance.now();
  for (let made = 0; made < count && fault === undefined;) {
    const due = Math.min(count, Math.ceil((performance.now() - started) * PER_SECOND / 1_000));
    for (; made < due; made++) {
      const connection = free.pop();
      if (connection === undefined) {
        waiting.push(sentNow());
        continue;
      }
      const sending = send(connection, sentNow());
      busy.add(sending);
      void sending.then(() => busy.delete(sending));
    }
    await delay(1);
  }
  await Promise.all(busy);
  for (const connection of all) connection.close();
  if (fault !== undefined) throw fault;
}
