import { appendRequest, batchRequest, get, request, streamRequest } from "../events.ts";
import { median, quantile } from "../pairs.ts";
import { Pinger } from "../pinger.ts";
import { createChain, delay, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import { closedLoop, HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { type Reached, shares } from "../shares.ts";
import { fill, fromEarliest, subscribed } from "../streams.ts";
import { rate, type Row } from "../table.ts";

const CHAIN = "bench";

/** Events of a round, which make one message each and one for each block of 50. */
const EVENTS = 300;
const MESSAGES = EVENTS + EVENTS / 50;

/** Sockets that ping: that all of them are on one of two threads is one in sixteen. */
const PINGERS = 5;

/** What is measured of one server, in pieces a second, or in milliseconds the other way around. */
interface Measure {
  readonly name: string;
  /** What two threads on two cores are to reach of one. */
  readonly target?: number;
  prepare?(server: ServerProcess, quick: boolean): Promise<void>;
  run(server: ServerProcess, quick: boolean): Promise<Reached>;
}

const MEASURES: readonly Measure[] = [
  { name: "fanout-100", target: 1.7, run: (server, quick) => fanOut(server, 100, quick ? 2 : 8) },
  // What is more work and less waiting: the messages, not what is done once for all of them.
  { name: "fanout-1000", run: (server, quick) => fanOut(server, 1_000, quick ? 1 : 4) },
  {
    name: "replay-10",
    target: 1.6,
    prepare: (server, quick) => fill(server, "history", quick ? 4_000 : 40_000),
    run: (server, quick) => replay(server, 10, quick ? 4_000 : 40_000),
  },
  { name: "replay-100", run: (server, quick) => replay(server, 100, quick ? 400 : 40_000) },
  {
    name: "catch-up-2",
    target: 1.6,
    async prepare(server, quick) {
      const connection = await HttpConnection.connect(server.main);
      await connection.exchange(request("PUT", "/v1/stream/bench"));
      connection.close();
      const requests = [streamRequest("bench", 0, 400)];
      await closedLoop(server.main, 4, requests, { requests: quick ? 25 : 250 });
    },
    run: (server) => catchUp(server, 2),
  },
  { name: "catch-up-8", run: (server) => catchUp(server, 8) },
  {
    name: "append-64",
    target: 1,
    async run(server, quick) {
      const requests = Array.from({ length: 200 }, (_, at) => appendRequest(CHAIN, at));
      const count = quick ? 400 : 16_000;
      const reached = await closedLoop(server.port, 64, requests, { requests: count });
      return { rate: reached, pieces: count };
    },
  },
  { name: "delivered-p50", target: 1, run: (server, quick) => delivered(server, quick, 0.5) },
  { name: "delivered-p99", target: 1, run: (server, quick) => delivered(server, quick, 0.99) },
  { name: "ping-beside-p99", run: pingBeside },
];

/** Events appended at once, from the first message that anybody has to the last one. */
async function fanOut(server: ServerProcess, sockets: number, rounds: number): Promise<Reached> {
  const crowd = await subscribed(server, CHAIN, sockets);
  const connection = await HttpConnection.connect(server.port);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = crowd.messages;
    const answered = connection.exchange(batchRequest(CHAIN, 0, EVENTS));
    const first = await crowd.waitFor(before + 1);
    const last = await crowd.waitFor(before + sockets * MESSAGES);
    await answered;
    times.push(last - first);
  }
  connection.close();
  await crowd.close();
  const messages = sockets * MESSAGES;
  return { rate: messages * 1_000 / median(times), pieces: rounds * messages };
}

/** A chain of so many events, from its beginning to all of the sockets. */
async function replay(server: ServerProcess, sockets: number, events: number): Promise<Reached> {
  const messages = events * sockets;
  const crowd = await Crowd.connect(server.port, sockets);
  const started = performance.now();
  await crowd.sendAll(fromEarliest("history"));
  const ended = await crowd.waitFor(messages, 120_000);
  await crowd.close();
  return { rate: messages * 1_000 / (ended - started), pieces: messages };
}

/** A stream, read over HTTP from its beginning by all readers at once: bytes, of which the pieces are a million. */
async function catchUp(server: ServerProcess, readers: number): Promise<Reached> {
  const started = performance.now();
  const read = await Promise.all(Array.from({ length: readers }, () => readAll(server)));
  const bytes = read.reduce((sum, each) => sum + each, 0);
  return { rate: bytes * 1_000 / (performance.now() - started), pieces: bytes / 1e6 };
}

/**
 * Pings while a connection has the heaviest that a front does, exports of a chain one after another:
 * those of the socket that is served best, as most of the others may be on the same thread.
 */
async function pingBeside(server: ServerProcess, quick: boolean): Promise<Reached> {
  const address = `ws://127.0.0.1:${server.port}/ws`;
  const pingers = Array.from({ length: PINGERS }, () => new Pinger(address));
  await delay(500);
  await Promise.all(pingers.map((pinger) => pinger.times()));
  const until = performance.now() + (quick ? 300 : 3_000);
  const asked = `http://127.0.0.1:${server.main}/v1/chains/hierachain%2Fhistory/events?limit=5000`;
  while (performance.now() < until) await (await fetch(asked)).arrayBuffer();
  const times = await Promise.all(pingers.map((pinger) => pinger.times()));
  for (const pinger of pingers) pinger.stop();
  return { rate: 1_000 / Math.min(...times.map((each) => quantile(each, 0.99))) };
}

/** From sending an append to having it on one socket, one at a time: so many a second. */
async function delivered(server: ServerProcess, quick: boolean, part: number): Promise<Reached> {
  const crowd = await subscribed(server, CHAIN, 1);
  const connection = await HttpConnection.connect(server.port);
  const times: number[] = [];
  for (let time = 0; time < (quick ? 20 : 200); time++) {
    const before = crowd.messages;
    const started = performance.now();
    const answered = connection.exchange(appendRequest(CHAIN, time));
    times.push(await crowd.waitFor(before + 1) - started);
    await answered;
  }
  connection.close();
  await crowd.close();
  return { rate: 1_000 / quantile(times, part) };
}

async function readAll(server: ServerProcess): Promise<number> {
  const connection = await HttpConnection.connect(server.main);
  let bytes = 0;
  for (let offset: string | undefined = "-1"; offset !== undefined;) {
    const head = await connection.exchange(get(`/v1/stream/bench?offset=${offset}`));
    bytes += Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const isEnd = /\r\nstream-up-to-date: *true/i.test(head);
    offset = isEnd ? undefined : /\r\nstream-next-offset: *(\S+)/i.exec(head)?.[1];
  }
  connection.close();
  return bytes;
}

/**
 * Servers of two and of four threads, each beside one of a single thread in the same run: that one
 * stands in the place of a ceiling. On a machine with fewer cores than threads and clients need, the
 * ratios say little.
 */
export const threads: readonly Scenario[] = [2, 4].map((count) => ({
  name: `threads-${count}`,
  run: ({ pairs, quick }): Promise<Row[]> =>
    withFolder((own) =>
      withFolder(async (other) => {
        const servers: ServerProcess[] = [];
        try {
          servers.push(await startOurs(own, [`--threads=${count}`]), await startOurs(other));
          const [many, one] = servers;
          if (many === undefined || one === undefined) return [];
          for (const server of servers) {
            await createChain(server, CHAIN);
            await createChain(server, "history");
          }
          const rows: Row[] = [];
          for (const { name, target, prepare, run } of MEASURES) {
            for (const server of servers) await prepare?.(server, quick);
            const shared = await shares(pairs, many, one, (server) => run(server, quick));
            rows.push({
              scenario: `threads-${count}-${name}`,
              ours: rate(shared.many),
              ceiling: rate(shared.one),
              ratio: shared.ratio,
              each: shared.each,
              ...count === 2 && target !== undefined && {
                target: { is: "at least", value: target } as const,
              },
              note: shared.note,
            });
          }
          return rows;
        } finally {
          for (const server of servers) await server.stop();
        }
      })
    ),
}));
