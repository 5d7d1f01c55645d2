import { appendRequest, batchRequest, eventText, post } from "../events.ts";
import { type LogLoad, measureLog } from "../log_client.ts";
import { inTurns } from "../pairs.ts";
import { createChain, runJson, withFolder, withServers } from "../processes.ts";
import { closedLoop } from "../raw_http.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row, type Target } from "../table.ts";

/** Milliseconds and events per second of bare commits. */
export interface BareCommits {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** What a bare commit holds: an event, as many as fit, or an event for each of 64 chains. */
export type Ceiling = "single" | "packed" | "shared";

/** Commits to a store of its own for a while, in a process of its own. */
export function bareCommits(mode: Ceiling, seconds: number): Promise<BareCommits> {
  return withFolder(async (folder) => {
    const result = await runJson("./bare_kv.ts", [`${folder}/kv.db`, mode, String(seconds)]);
    // The program is ours and prints just this.
    return result as BareCommits;
  });
}

/** Appends over HTTP: `connections` at once, `events` in a request. */
interface HttpLoad {
  readonly name: string;
  readonly connections: number;
  readonly events: number;
  readonly ceiling: Ceiling;
  readonly target?: Target;
}

const BATCH = { events: 100, connections: 12 };

const HTTP: readonly HttpLoad[] = [
  { name: "append-1", connections: 1, events: 1, ceiling: "single" },
  {
    name: "append-64",
    connections: 64,
    events: 1,
    ceiling: "single",
    target: { is: "at least", value: 15 },
  },
  { name: "append-batch", ...BATCH, ceiling: "packed", target: { is: "at least", value: 0.7 } },
];

/** The same without HTTP and without a ledger, to tell where the time goes. */
const IN_PROCESS: readonly (LogLoad & { name: string; ceiling: Ceiling })[] = [
  { name: "log-append-64", writers: 64, events: 1, ceiling: "single" },
  { name: "log-append-64-chains", writers: 64, events: 1, chains: 64, ceiling: "shared" },
  { name: "log-append-10000-chains", writers: 256, events: 1, chains: 10_000, ceiling: "shared" },
  { name: "log-append-batch", writers: BATCH.connections, events: BATCH.events, ceiling: "packed" },
];

function secondsOf(quick: boolean): number {
  return quick ? 0.3 : 2;
}

function overHttp(load: HttpLoad): Scenario {
  return {
    name: load.name,
    run: ({ pairs, quick }): Promise<Row[]> =>
      withServers(async (server, bare) => {
        const seconds = secondsOf(quick);
        await createChain(server, "bench");
        const requests = Array.from(
          { length: 200 },
          (_, at) =>
            load.events === 1
              ? appendRequest("bench", at)
              : batchRequest("bench", at * load.events, load.events),
        );
        const run = (bounds: { seconds: number }) =>
          closedLoop(server.port, load.connections, requests, bounds);
        await run({ seconds: seconds / 4 });
        const paired = await inTurns(
          pairs,
          { run: async () => await run({ seconds }) * load.events, pid: server.pid },
          async () => (await bareCommits(load.ceiling, seconds)).perSecond,
        );
        // The same requests, read and answered by a server that does nothing with them.
        const body = Array.from({ length: load.events }, (_, at) => eventText(at)).join(",");
        const { connections } = load;
        const read = [post("/read", body)];
        const http = await closedLoop(bare.port, connections, read, { seconds: seconds / 2 });
        return [{
          scenario: load.name,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          ...(load.target === undefined ? {} : { target: load.target }),
          note: `HTTP alone ${rate(http * load.events)}; ${paired.cpu}`,
        }];
      }),
  };
}

export const append: readonly Scenario[] = [
  ...HTTP.map(overHttp),
  ...IN_PROCESS.map(({ name, ceiling, ...load }): Scenario => ({
    name,
    async run({ pairs, quick }) {
      const seconds = secondsOf(quick);
      const paired = await inTurns(
        pairs,
        { run: () => measureLog(load, seconds) },
        async () => (await bareCommits(ceiling, seconds)).perSecond,
      );
      return [{
        scenario: name,
        ours: rate(paired.ours),
        ceiling: rate(paired.ceiling),
        ratio: paired.ratio,
        each: paired.each,
        note: "no HTTP, no ledger",
      }];
    },
  })),
];
