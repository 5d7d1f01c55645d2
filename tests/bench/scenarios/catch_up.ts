import { get, request, streamRequest } from "../events.ts";
import { besidePeer, inTurns } from "../pairs.ts";
import { withDurableStreams } from "../peers/durable_streams.ts";
import { delay, runJson, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import { closedLoop, HttpConnection } from "../raw_http.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

const STREAM = "bench";
const CHAIN = `streams/${STREAM}`;

/** Events of one request that fills the stream. */
const FILL_EVENTS = 400;

/** Milliseconds after which a server that nobody asks has given memory back. */
const REST_MS = 35_000;

/**
 * A stream of JSON read from its beginning to its end over HTTP, one answer after another, beside the
 * values of the same segments listed by another process; and what the server takes in memory then.
 * It is started anew on the filled store, so that there is no garbage of the filling.
 */
export const catchUp: Scenario = {
  name: "catch-up",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withFolder((folder) =>
      withDurableStreams(async (peer) => {
        const events = quick ? 20_000 : 300_000;
        const filled = await startOurs(folder);
        try {
          await fill(filled, events);
        } finally {
          await filled.stop();
        }
        if (peer !== undefined) await fill(peer, events);
        const server = await startOurs(folder);
        try {
          const before = await server.rss();
          await readAll(server);
          const paired = await inTurns(
            pairs,
            { run: async () => (await readAll(server)).perSecond, pid: server.pid },
            async () => {
              // The program is ours and prints just this.
              const listed = await runJson("./bare_list.ts", [`${folder}/ours.db`, CHAIN]);
              return (listed as { perSecond: number }).perSecond;
            },
            peer && (async () => (await readAll(peer)).perSecond),
          );
          const megabytes = (perSecond: number) => `${rounded(perSecond / 1e6)} MB/s`;
          const beside = besidePeer(paired, megabytes);
          const { bytes, answers } = await readAll(server);
          const after = await server.rss();
          // What little is done meanwhile is its own.
          await delay(quick ? 0 : REST_MS);
          const rested = await server.rss();
          return [{
            scenario: "catch-up",
            ours: megabytes(paired.ours),
            ceiling: megabytes(paired.ceiling),
            ratio: paired.ratio,
            each: paired.each,
            target: { is: "at least", value: 0.5 },
            ...beside,
            more: [...beside.more, {
              of: "",
              value: paired.ours / 1e6,
              unit: " MB/s",
              target: { is: "at least", value: 300 },
            }],
            note: `${rounded(bytes / 1e6)} MB in ${answers} answers; ${paired.cpu}`,
          }, {
            scenario: "catch-up-memory",
            ours: `${rounded(after / 1e6)} MB`,
            peer: peer === undefined ? "not installed" : `${rounded(await peer.rss() / 1e6)} MB`,
            ceiling: "",
            ratio: after / 1e6,
            unit: " MB",
            target: { is: "at most", value: 150 },
            note: `${rounded(before / 1e6)} MB before the first read, ${
              rounded(rested / 1e6)
            } MB half a minute after the last`,
          }];
        } finally {
          await server.stop();
        }
      })
    ),
};

async function fill(server: ServerProcess, events: number): Promise<void> {
  const connection = await HttpConnection.connect(server.main);
  await connection.exchange(request("PUT", `/v1/stream/${STREAM}`));
  connection.close();
  const requests = Array.from(
    { length: 10 },
    (_, at) => streamRequest(STREAM, at * FILL_EVENTS, FILL_EVENTS),
  );
  await closedLoop(server.main, 4, requests, { requests: events / FILL_EVENTS });
}

async function readAll(
  server: ServerProcess,
): Promise<{ perSecond: number; bytes: number; answers: number }> {
  const connection = await HttpConnection.connect(server.main);
  const started = performance.now();
  let bytes = 0;
  let answers = 0;
  for (let offset: string | undefined = "-1"; offset !== undefined;) {
    const head = await connection.exchange(get(`/v1/stream/${STREAM}?offset=${offset}`));
    bytes += Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    answers++;
    const isEnd = /\r\nstream-up-to-date: *true/i.test(head);
    offset = isEnd ? undefined : /\r\nstream-next-offset: *(\S+)/i.exec(head)?.[1];
  }
  connection.close();
  return { perSecond: bytes / (performance.now() - started) * 1_000, bytes, answers };
}
