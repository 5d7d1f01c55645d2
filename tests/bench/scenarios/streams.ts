import { eventText, post, request, streamRequest } from "../events.ts";
import { besidePeer, inTurns } from "../pairs.ts";
import { withDurableStreams } from "../peers/durable_streams.ts";
import { fillNats, natsReplay, withNats } from "../peers/nats.ts";
import { type ServerProcess, startBareAppends, withFolder, withServers } from "../processes.ts";
import { closedLoop, HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row, type Target } from "../table.ts";
import { bareCommits } from "./append.ts";

/** Appends to one stream of JSON: `connections` at once, `events` in a request. */
interface Load {
  readonly name: string;
  readonly connections: number;
  readonly events: number;
  readonly ceiling: "single" | "packed";
  readonly target?: Target;
  /** What is held to the peer. */
  readonly besidePeer: Target;
}

const APPENDS: readonly Load[] = [
  {
    name: "streams-append-1",
    connections: 1,
    events: 1,
    ceiling: "single",
    besidePeer: { is: "at least", value: 0.8 },
  },
  {
    name: "streams-append-64",
    connections: 64,
    events: 1,
    ceiling: "single",
    target: { is: "at least", value: 15 },
    besidePeer: { is: "at least", value: 1 },
  },
  {
    name: "streams-append-batch",
    connections: 16,
    events: 100,
    ceiling: "packed",
    target: { is: "at least", value: 0.7 },
    besidePeer: { is: "at least", value: 0.8 },
  },
];

/** Events of one request that fills a stream. */
const FILL_EVENTS = 400;

const STREAM = "bench";

function append(load: Load): Scenario {
  return {
    name: load.name,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withPeer(async (ours, bare, peer) => {
        const seconds = quick ? 0.3 : 2;
        for (const server of [ours, ...peer === undefined ? [] : [peer]]) await create(server);
        const requests = Array.from(
          { length: 200 },
          (_, at) => streamRequest(STREAM, at * load.events, load.events),
        );
        const run = async (server: ServerProcess, bounds: { seconds: number }) =>
          await closedLoop(server.main, load.connections, requests, bounds) * load.events;
        await run(ours, { seconds: seconds / 4 });
        const paired = await inTurns(
          pairs,
          { run: () => run(ours, { seconds }), pid: ours.pid },
          async () => (await bareCommits(load.ceiling, seconds)).perSecond,
          peer && (() => run(peer, { seconds })),
        );
        const body = Array.from({ length: load.events }, (_, at) => eventText(at)).join(",");
        const read = [post("/read", body)];
        const http = await closedLoop(bare.port, load.connections, read, { seconds: seconds / 2 });
        const alone = load.events > 1
          ? ""
          : `${await composed(load.connections, requests, seconds)}; `;
        return [{
          scenario: load.name,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          ...(load.target && { target: load.target }),
          ...besidePeer(paired, rate, load.besidePeer),
          note: `HTTP alone ${rate(http * load.events)}; ${alone}${paired.cpu}`,
        }];
      }),
  };
}

/** Appends to as many streams as there are connections, beside the same to one stream. */
function spread(connections: number): Scenario {
  const name = `streams-append-${connections}-streams`;
  return {
    name,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withPeer(async (ours, _, peer) => {
        const seconds = quick ? 0.3 : 2;
        const names = Array.from({ length: connections }, (_, at) => `${STREAM}-${at}`);
        for (const server of [ours, ...peer === undefined ? [] : [peer]]) {
          for (const stream of names) await create(server, stream);
        }
        // The connections take the requests in turn, so that each stream has one of them waiting.
        const many = names.map((stream, at) => streamRequest(stream, at, 1));
        const one = names.map((_, at) => streamRequest(`${STREAM}-0`, at, 1));
        const run = (server: ServerProcess, requests: readonly Uint8Array[]) =>
          closedLoop(server.main, connections, requests, { seconds });
        await run(ours, many);
        await run(ours, one);
        const paired = await inTurns(
          pairs,
          { run: () => run(ours, many), pid: ours.pid },
          () => run(ours, one),
          peer && (() => run(peer, many)),
        );
        const shared = await bareCommits("shared", seconds);
        const alone = await composed(connections, many, seconds);
        return [{
          scenario: name,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          target: { is: "at least", value: 1 },
          ...besidePeer(paired, rate),
          note:
            `beside one stream; bare commits of 64 chains ${rate(shared.perSecond)}; ${alone}; ` +
            paired.cpu,
        }];
      }),
  };
}

/**
 * What the same appends reach where HTTP, a commit for all that wait and nothing else is done, in
 * words: by `node:http`, as here, and by `Deno.serve`.
 */
async function composed(
  connections: number,
  requests: readonly Uint8Array[],
  seconds: number,
): Promise<string> {
  const reached: string[] = [];
  for (const edge of ["node", "deno"] as const) {
    reached.push(
      await withFolder(async (folder) => {
        const bare = await startBareAppends(folder, edge);
        try {
          await closedLoop(bare.port, connections, requests, { seconds: seconds / 4 });
          return rate(await closedLoop(bare.port, connections, requests, { seconds }));
        } finally {
          await bare.stop();
        }
      }),
    );
  }
  return `HTTP with commits alone ${reached.join(", by Deno.serve ")}`;
}

/** Runs `use` with our server, the bare one, and the peer where it is installed. */
function withPeer<T>(
  use: (ours: ServerProcess, bare: ServerProcess, peer?: ServerProcess) => Promise<T>,
): Promise<T> {
  return withServers((ours, bare) => withDurableStreams((peer) => use(ours, bare, peer)));
}

/**
 * Replay of a whole stream of JSON over WebSocket, several events per message, beside bare sends of
 * the same events one by one, and of messages of the same size.
 */
function replay({ clients, goal }: { clients: number; goal: number }): Scenario {
  return {
    name: `ws-replay-${clients}`,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withServers((ours, bare) =>
        withNats(async (peer) => {
          const events = quick ? 4_000 : 120_000;
          await create(ours);
          const requests = Array.from(
            { length: 10 },
            (_, at) => streamRequest(STREAM, at * FILL_EVENTS, FILL_EVENTS),
          );
          await closedLoop(ours.main, 4, requests, { requests: events / FILL_EVENTS });
          const { messages, bytes } = await follow(ours, 1);
          const each = Math.round(bytes / events);
          const sends = (count: number, size: number) => bareReplay(bare, clients, count, size);
          await sends(events, each);
          if (peer !== undefined) await fillNats(peer, events);
          const run = async () => events * clients / (await follow(ours, clients)).seconds;
          const paired = await inTurns(
            pairs,
            { run, pid: ours.pid },
            async () => events * clients / await sends(events, each),
            peer && (() => natsReplay(peer, clients, events)),
          );
          const beside = besidePeer(paired, rate);
          const large = events * clients / await sends(messages, Math.round(bytes / messages));
          return [{
            scenario: `ws-replay-${clients}`,
            ours: rate(paired.ours),
            ceiling: rate(paired.ceiling),
            ratio: paired.ratio,
            each: paired.each,
            target: { is: "at least", value: 3 },
            ...beside,
            more: [...beside.more, {
              of: "",
              value: paired.ours / 1e6,
              unit: " M/s",
              target: { is: "at least", value: goal },
            }],
            note: `${events} events of ${each} B, ${rounded(events / messages)} per message; ` +
              `bare sends of such messages ${rate(large)}; ${paired.cpu}`,
          }];
        })
      ),
  };
}

export const streams: readonly Scenario[] = [
  ...APPENDS.map(append),
  spread(64),
  ...[{ clients: 1, goal: 1 }, { clients: 10, goal: 2 }].map(replay),
];

async function create(server: ServerProcess, stream = STREAM): Promise<void> {
  const connection = await HttpConnection.connect(server.main);
  await connection.exchange(request("PUT", `/v1/stream/${stream}`));
  connection.close();
}

const END = new TextEncoder().encode('{"type":"caught_up"');

/** Reads the stream from its beginning until every client has been told that it has all. */
async function follow(
  server: ServerProcess,
  clients: number,
): Promise<{ seconds: number; messages: number; bytes: number }> {
  let ends = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => finish = resolve);
  const started = performance.now();
  const crowd = await Crowd.connect(server.main, clients, {
    path: `/v1/stream/${STREAM}?offset=-1`,
    longest: 100,
    message(payload) {
      if (END.every((byte, at) => payload[at] === byte)) ends++;
      if (ends === clients) finish();
    },
  });
  try {
    // Whatever ends the crowd early is thrown here.
    await Promise.race([finished, crowd.waitFor(Infinity)]);
    return { seconds: (performance.now() - started) / 1_000, ...sizeOf(crowd) };
  } finally {
    await crowd.close();
  }
}

/** Messages and bytes for each client. */
function sizeOf({ messages, bytes, size }: Crowd): { messages: number; bytes: number } {
  return { messages: messages / size, bytes: bytes / size };
}

/** Seconds that as many bare sends of that size take. */
async function bareReplay(
  bare: ServerProcess,
  clients: number,
  count: number,
  bytes: number,
): Promise<number> {
  const frames = Math.round(count);
  const started = performance.now();
  const crowd = await Crowd.connect(bare.port, clients);
  try {
    await crowd.sendAll(`replay ${frames} ${bytes}`);
    const ended = await crowd.waitFor(frames * clients, 120_000);
    return (ended - started) / 1_000;
  } finally {
    await crowd.close();
  }
}
