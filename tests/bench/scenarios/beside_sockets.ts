import { appendRequest } from "../events.ts";
import { inTurns } from "../pairs.ts";
import { createChain, delay, type ServerProcess, withServers } from "../processes.ts";
import { HttpConnection } from "../raw_http.ts";
import type { Scenario } from "../scenario.ts";
import { subscribed } from "../streams.ts";
import { rate, type Row } from "../table.ts";

const CLIENTS = 2_000;
const EVENTS_PER_SECOND = 200;

/** Events that may be under way: more come no faster for it. */
const CONNECTIONS = 16;

/**
 * What one writer gets done on one chain while two thousand sockets are told two hundred events a
 * second of another, beside the same with nobody there to be told.
 */
export const besideSockets: Scenario = {
  name: "append-beside-sockets",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withServers(async (ours) => {
      for (const chain of ["loud", "silent", "own"]) await createChain(ours, chain);
      const clients = quick ? 50 : CLIENTS;
      const crowd = await subscribed(ours, "loud", clients);
      const seconds = quick ? 0.5 : 3;
      try {
        let told = 0;
        const loud = async () => {
          const before = crowd.messages;
          const done = await appendsBeside(ours, "loud", seconds);
          told = Math.max(told, (crowd.messages - before) / clients / seconds);
          return done;
        };
        const paired = await inTurns(
          pairs,
          { run: loud, pid: ours.pid },
          () => appendsBeside(ours, "silent", seconds),
        );
        return [{
          scenario: "append-beside-sockets",
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          note: `${clients} sockets, each told ${Math.round(told)} messages a second of ` +
            `${EVENTS_PER_SECOND} events; ${paired.cpu}`,
        }];
      } finally {
        await crowd.close();
      }
    }),
};

/** Appends a second of one writer, while events are appended to another chain. */
async function appendsBeside(
  server: ServerProcess,
  chain: string,
  seconds: number,
): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  const others = Array.from({ length: CONNECTIONS }, async () => {
    const connection = await HttpConnection.connect(server.port);
    const request = appendRequest(chain, 0);
    const every = CONNECTIONS * 1_000 / EVENTS_PER_SECOND;
    for (let due = performance.now(); due < end; due += every) {
      await delay(Math.max(0, due - performance.now()));
      await connection.exchange(request);
    }
    connection.close();
  });
  const own = await HttpConnection.connect(server.port);
  const request = appendRequest("own", 0);
  let count = 0;
  const started = performance.now();
  for (; performance.now() < end; count++) await own.exchange(request);
  const perSecond = count * 1_000 / (performance.now() - started);
  own.close();
  await Promise.all(others);
  return perSecond;
}
