import { findDenokv, startDenokv } from "../../support/denokv.ts";
import { CpuMeter } from "../cpu.ts";
import { request, streamRequest } from "../events.ts";
import { median } from "../pairs.ts";
import { type ServerProcess, startOurs, withFolder } from "../processes.ts";
import { closedLoop, HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row } from "../table.ts";

/** Servers that share a store. */
const COUNTS = [1, 2, 4];

const WRITERS = 64;
const SOCKETS = 100;
/** Events that are appended at once, and messages that greet a socket. */
const EVENTS = 100;
const GREETING = 2;

/** A byte that each event has once: the R of its entity's name. */
const MARK = 0x52;

const STREAMS = Array.from({ length: WRITERS }, (_, at) => `bench-${at}`);
const [FIRST = ""] = STREAMS;

/** What is measured of a number of servers: figures a second, and what they are of. */
interface Measured {
  readonly name: string;
  readonly note: string;
  readonly perSecond: number[];
  /** Cores that the servers were busy with together. */
  readonly cores: number[];
}

/**
 * Servers that share one `denokv`: 64 writers spread over them, to one stream and to as many as there
 * are writers, and sockets of all of them that hear of what is appended to one. The ceiling of each
 * is what one server reaches in the same run.
 */
export const servers: Scenario = {
  name: "servers",
  async run({ pairs, quick }): Promise<Row[]> {
    const program = findDenokv();
    if (program === undefined) throw new Error("denokv is not installed");
    const alone = new Map<string, number>();
    const rows: Row[] = [];
    for (const count of COUNTS) {
      for (const measured of await measure(program, count, pairs, quick)) {
        const { name, perSecond, cores, note } = measured;
        const ours = median(perSecond);
        const one = alone.get(name) ?? ours;
        alone.set(name, one);
        rows.push({
          scenario: `servers-${count}-${name}`,
          ours: rate(ours),
          ceiling: rate(one),
          ratio: ours / one,
          note: `${note}; beside one server; servers ${median(cores).toFixed(2)} cores`,
        });
      }
    }
    return rows;
  },
};

function measure(
  program: string,
  count: number,
  pairs: number,
  quick: boolean,
): Promise<Measured[]> {
  return withFolder(async (folder) => {
    const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
    const started: ServerProcess[] = [];
    try {
      for (let at = 0; at < count; at++) {
        started.push(await startOurs(folder, [`--store=${denokv.url}`]));
      }
      for (const stream of STREAMS) await exchange(started[0], stream);
      const seconds = quick ? 0.3 : 2;
      const one = STREAMS.map((_, at) => streamRequest(FIRST, at, 1));
      const many = STREAMS.map((stream, at) => streamRequest(stream, at, 1));
      const found: Measured[] = [
        await repeated("append", `${WRITERS} writers to one stream`, pairs, started, () => (
          appends(started, one, seconds)
        )),
        await repeated(
          "append-64-streams",
          `${WRITERS} writers, a stream each`,
          pairs,
          started,
          () => (
            appends(started, many, seconds)
          ),
        ),
      ];
      const crowds = await Promise.all(started.map(async (server) => {
        const path = `/v1/stream/${FIRST}?offset=now`;
        const crowd = await Crowd.connect(server.main, SOCKETS / count, {
          path,
          counter: eventCounter,
        });
        await crowd.waitFor(crowd.size * GREETING);
        return crowd;
      }));
      try {
        const rounds = quick ? 2 : 20;
        const note = `${SOCKETS} sockets, ${EVENTS} events at once to one server`;
        await fanout(started, crowds, 1);
        found.push(
          await repeated("fanout", note, pairs, started, () => (
            fanout(started, crowds, rounds)
          )),
        );
      } finally {
        for (const crowd of crowds) await crowd.close();
      }
      return found;
    } finally {
      for (const server of started) await server.stop();
      await denokv.stop();
    }
  });
}

async function repeated(
  name: string,
  note: string,
  pairs: number,
  started: readonly ServerProcess[],
  run: () => Promise<number>,
): Promise<Measured> {
  const perSecond: number[] = [];
  const cores: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const meters = await Promise.all(started.map(({ pid }) => CpuMeter.start(pid)));
    perSecond.push(await run());
    const used = await Promise.all(meters.map((meter) => meter.stop()));
    cores.push(used.reduce((sum, { server = NaN }) => sum + server, 0));
  }
  return { name, note, perSecond, cores };
}

async function exchange(server: ServerProcess | undefined, stream: string): Promise<void> {
  const connection = await HttpConnection.connect(server?.main ?? 0);
  await connection.exchange(request("PUT", `/v1/stream/${stream}`));
  connection.close();
}

/** Appends a second over all servers, whose writers have a part of the requests each. */
async function appends(
  started: readonly ServerProcess[],
  requests: readonly Uint8Array[],
  seconds: number,
): Promise<number> {
  const { length } = started;
  const rates = await Promise.all(started.map(({ main }, at) => {
    const own = requests.filter((_, index) => index % length === at);
    return closedLoop(main, WRITERS / length, own, { seconds });
  }));
  return rates.reduce((sum, one) => sum + one, 0);
}

/** Events a second to all sockets together: each append is awaited by all. */
async function fanout(
  [first]: readonly ServerProcess[],
  crowds: readonly Crowd[],
  rounds: number,
): Promise<number> {
  const connection = await HttpConnection.connect(first?.main ?? 0);
  const append = streamRequest(FIRST, 0, EVENTS);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    const expected = crowds.map((crowd) => crowd.messages + crowd.size * EVENTS);
    await connection.exchange(append);
    await Promise.all(crowds.map((crowd, at) => crowd.waitFor(expected[at] ?? 0)));
  }
  connection.close();
  return SOCKETS * EVENTS * rounds * 1_000 / (performance.now() - started);
}

/** Counts the messages that greet a socket, and then events, however many share a message. */
function eventCounter(): (payload: Uint8Array) => number {
  let greeted = 0;
  return (payload) => {
    if (greeted < GREETING) {
      greeted++;
      return 1;
    }
    let count = 0;
    for (let at = payload.indexOf(MARK); at >= 0; at = payload.indexOf(MARK, at + 1)) count++;
    return count;
  };
}
