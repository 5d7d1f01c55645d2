import { post, request, streamRequest } from "../events.ts";
import { besidePeer, inTurns } from "../pairs.ts";
import { NatsFanout, withNats } from "../peers/nats.ts";
import { delay, type ServerProcess, withServers } from "../processes.ts";
import { HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row } from "../table.ts";

const STREAM = "bench";

/** Events that are appended at once. */
const EVENTS = 100;

/** Messages that a reader gets before anything is appended: the start, and that it has all. */
const GREETING = 2;

/**
 * Live fan-out on our own WebSocket, where the events of an append share messages, beside bare sends
 * of the same events one by one. A round is one append, from its request until every reader has it.
 */
export const streamFanout: readonly Scenario[] = [10, 100, 1_000].map((clients) => ({
  name: `ws-fanout-${clients}`,
  run: ({ pairs, quick }): Promise<Row[]> =>
    withServers((ours, bare) =>
      withNats(async (peer) => {
        const rounds = quick ? 2 : Math.max(5, 10_000 / clients / 5);
        const readers = await readersOf(ours, clients);
        const others = await Crowd.connect(bare.port, clients);
        const [appends, asks] = [
          await HttpConnection.connect(ours.main),
          await HttpConnection.connect(bare.port),
        ];
        try {
          const append = streamRequest(STREAM, 0, EVENTS);
          const { messages, bytes } = await messagesOf(readers, appends, append);
          const run = async (
            crowd: Crowd,
            connection: HttpConnection,
            question: Uint8Array,
            each: number,
          ) => {
            const started = performance.now();
            let ended = started;
            for (let round = 0; round < rounds; round++) {
              const expected = crowd.messages + clients * each;
              await connection.exchange(question);
              ended = await crowd.waitFor(expected);
            }
            return clients * EVENTS * rounds * 1_000 / (ended - started);
          };
          const fan = post(`/fan?count=${EVENTS}&bytes=${Math.round(bytes / EVENTS)}`);
          await run(others, asks, fan, EVENTS);
          const nats = peer && await NatsFanout.open(peer, clients, EVENTS);
          const paired = await inTurns(
            pairs,
            { run: () => run(readers, appends, append, messages), pid: ours.pid },
            () => run(others, asks, fan, EVENTS),
            nats && (() => nats.measure(rounds)),
          );
          await nats?.close();
          return [{
            scenario: `ws-fanout-${clients}`,
            ours: rate(paired.ours),
            ceiling: rate(paired.ceiling),
            ratio: paired.ratio,
            each: paired.each,
            ...besidePeer(paired, rate, { is: "at least", value: 3 }),
            note: `with appending; ${messages} messages of ${rounded(bytes / messages)} B for ` +
              `${EVENTS} events; ${paired.cpu}`,
          }];
        } finally {
          appends.close();
          asks.close();
          await readers.close();
          await others.close();
        }
      })
    ),
}));

/** Readers of a new stream, from now on. */
async function readersOf(server: ServerProcess, clients: number): Promise<Crowd> {
  const connection = await HttpConnection.connect(server.main);
  await connection.exchange(request("PUT", `/v1/stream/${STREAM}`));
  connection.close();
  const path = `/v1/stream/${STREAM}?offset=now`;
  const crowd = await Crowd.connect(server.main, clients, { path });
  await crowd.waitFor(clients * GREETING);
  return crowd;
}

/** How many messages each reader gets of one append, and how many bytes. */
async function messagesOf(
  crowd: Crowd,
  connection: HttpConnection,
  append: Uint8Array,
): Promise<{ messages: number; bytes: number }> {
  const before = { messages: crowd.messages, bytes: crowd.bytes };
  await connection.exchange(append);
  await delay(1_000);
  return {
    messages: (crowd.messages - before.messages) / crowd.size,
    bytes: (crowd.bytes - before.bytes) / crowd.size,
  };
}
