import process from "node:process";
import { median } from "./pairs.ts";
import type { ServerProcess } from "./processes.ts";
import { rounded } from "./table.ts";

/** What a run has reached. */
export interface Reached {
  /** Pieces a second; of a time, so many of it go into a second. */
  readonly rate: number;
  /** Pieces that processor time is told of, over the whole run; left out where a time is measured. */
  readonly pieces?: number;
}

/** What came of two servers that took turns. */
export interface Shares {
  /** Medians over the pairs; the ratio is that within each. */
  readonly many: number;
  readonly one: number;
  readonly ratio: number;
  readonly each: readonly number[];
  /** What both cost, and the most that the ratio could be on this machine. */
  readonly note: string;
}

/** Microseconds of processor for each piece, which hardly depend on what else the machine does. */
interface Cost {
  readonly client: number;
  readonly server: number;
  /** Of the server's thread that has most of it. */
  readonly busiest: number;
}

/**
 * Has two servers do the same in turns: one of several threads, and one of a single thread. A single
 * thread reaches a piece in as long as its busiest thread needs; all cores together, at the best, in
 * their share of what server and client need. So where the cores are few the ratio has a limit; where
 * there are enough of them it is that of the busiest threads.
 */
export async function shares(
  pairs: number,
  many: ServerProcess,
  one: ServerProcess,
  run: (server: ServerProcess) => Promise<Reached>,
): Promise<Shares> {
  const ofMany: Measured[] = [];
  const ofOne: Measured[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    ofMany.push(await measured(many, run));
    ofOne.push(await measured(one, run));
  }
  const each = ofMany.map(({ rate }, at) => rate / (ofOne[at]?.rate ?? NaN));
  const rateOf = (runs: readonly Measured[]) => median(runs.map(({ rate }) => rate));
  const [rate, other] = [rateOf(ofMany), rateOf(ofOne)];
  const [cost, costOther] = [costOf(ofMany), costOf(ofOne)];
  const told = cost === undefined || costOther === undefined
    ? [`${rounded(1_000 / rate)} for ${rounded(1_000 / other)} ms`]
    : said(cost, costOther);
  return {
    ...{ many: rate, one: other, ratio: median(each), each },
    note: ["beside one thread", ...told].join("; "),
  };
}

interface Measured {
  readonly rate: number;
  readonly cost: Cost | undefined;
}

function costOf(runs: readonly Measured[]): Cost | undefined {
  const costs = runs.flatMap(({ cost }) => cost ?? []);
  if (costs.length === 0) return undefined;
  const of = (what: keyof Cost) => median(costs.map((cost) => cost[what]));
  return { client: of("client"), server: of("server"), busiest: of("busiest") };
}

function said(many: Cost, one: Cost): string[] {
  const cores = navigator.hardwareConcurrency;
  const most = Math.max(1, cores * one.busiest / (one.server + one.client));
  const beside = (what: keyof Cost) => `${rounded(many[what])} for ${rounded(one[what])}`;
  return [
    `at most ${rounded(most)} on ${cores} cores, ` +
    `${rounded(one.busiest / many.busiest)} where they are enough`,
    `${beside("server")} µs of processor apiece, ${beside("busiest")} on the busiest thread`,
    `client ${rounded(one.client)} µs`,
  ];
}

async function measured(
  server: ServerProcess,
  run: (server: ServerProcess) => Promise<Reached>,
): Promise<Measured> {
  const before = threadTimes(server.pid);
  const own = process.cpuUsage();
  const { rate, pieces } = await run(server);
  const { user, system } = process.cpuUsage(own);
  const times = [...threadTimes(server.pid)].map(([id, time]) => time - (before.get(id) ?? 0));
  if (pieces === undefined || times.length === 0) return { rate, cost: undefined };
  return {
    rate,
    cost: {
      client: (user + system) / pieces,
      server: times.reduce((sum, time) => sum + time, 0) / pieces,
      busiest: Math.max(...times) / pieces,
    },
  };
}

/** Microseconds of processor that each thread of a process has had; none where the system does not tell. */
function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
      const [nanoseconds] = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ");
      times.set(name, Number(nanoseconds) / 1_000);
    }
  } catch {
    // A thread has ended meanwhile, or this is another system.
  }
  return times;
}
