import { format as formatBytes } from "@std/fmt/bytes";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { command, option } from "@optique/core/primitives";
import { choice, integer } from "@optique/core/valueparser";
import { sleep, systemClock } from "../../kernel/clock.ts";
import { serverOf, urlOption } from "../backend/open_backend.ts";
import {
  connectionsAnswer,
  serverAnswer,
  type ShownConnection,
  type ShownStats,
  statsAnswer,
} from "../backend/server_answers.ts";
import { RemoteError, ServerApi } from "../backend/server_api.ts";
import { signalled } from "../terminal/signals.ts";
import { print, printAsIs, table } from "../terminal/terminal.ts";
import { connectionTable, SORTED_BY, span } from "./connections.ts";

const flags = object({
  times: optional(option("-n", integer({ min: 1 }), {
    description: message`So many tables (until it is ended; where there is no terminal, one)`,
  })),
  every: withDefault(
    option("--every", integer({ min: 1, max: 3_600, metavar: "SECONDS" }), {
      description: message`Seconds between two tables (1)`,
    }),
    1,
  ),
  sort: withDefault(
    option("--sort", choice([...SORTED_BY]), {
      description: message`Which connections are shown: lag, age, buffered or rate (lag)`,
    }),
    "lag",
  ),
  limit: withDefault(
    option("--limit", integer({ min: 0, max: 1_000 }), {
      description: message`At most so many connections (20)`,
    }),
    20,
  ),
  json: option("--json", { description: message`One JSON object for each table` }),
  url: urlOption,
});

/** `stats`: a live table of what a server does, and of its connections. */
export const statsCommand = map(
  command("stats", flags, {
    brief: message`Show live what a running server does, and who is furthest behind`,
  }),
  (given) => () => runStats(given),
);

interface StatsFlags {
  readonly times: number | undefined;
  readonly every: number;
  readonly sort: string;
  readonly limit: number;
  readonly json: boolean;
  readonly url: string | undefined;
}

/** Begins the screen anew. */
const CLEAR = "\x1b[H\x1b[J";

async function runStats(given: StatsFlags): Promise<number> {
  const api = new ServerApi(...serverOf(given.url));
  const isLive = Deno.stdout.isTerminal() && !given.json;
  const { times = isLive || given.json ? Infinity : 1, every } = given;
  const { signal, exitCode } = signalled();
  for (let time = 0; time < times && !signal.aborted; time++) {
    if (time > 0) await sleep(systemClock, every * 1_000, signal);
    if (signal.aborted) break;
    const frame = await frameOf(api, given);
    if (given.json) await print(`${JSON.stringify(frame)}\n`);
    else await printAsIs((isLive ? CLEAR : "") + shownFrame(frame, api.origin));
  }
  return exitCode();
}

/** What one table shows. */
interface Frame {
  readonly server: ReturnType<typeof serverAnswer.parse>;
  readonly series: ShownStats;
  /** Undefined where the key is not an administrator's. */
  readonly connections: readonly ShownConnection[] | undefined;
}

async function frameOf(api: ServerApi, { sort, limit }: StatsFlags): Promise<Frame> {
  const ask = async (path: string) => await (await api.ask("GET", path)).json();
  const server = serverAnswer.parse(await ask("/v1/server"));
  const { series } = statsAnswer.parse(await ask("/v1/stats?seconds=60"));
  try {
    const path = `/v1/connections?${new URLSearchParams({ sort, limit: String(limit || 1) })}`;
    const { connections } = connectionsAnswer.parse(await ask(path));
    return { server, series, connections: connections.slice(0, limit) };
  } catch (error) {
    if (!(error instanceof RemoteError) || error.code !== "forbidden") throw error;
    return { server, series, connections: undefined };
  }
}

function shownFrame({ server, series, connections }: Frame, origin: string): string {
  const { version, uptimeSeconds, open } = server;
  const head = `Ledgerline ${version}  ${origin}  up ${span(uptimeSeconds)}  ` +
    `${open.connections} connections, ${open.sockets} sockets, ${open.held} held\n`;
  const count = (value: number) => value >= 100 ? value.toFixed(0) : value.toFixed(1);
  const size = (value: number) => formatBytes(Math.round(value));
  const row = (name: string, values: readonly number[], shown: (value: number) => string) => [
    name,
    shown(values.at(-1) ?? 0),
    shown(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)),
    shown(Math.max(0, ...values)),
  ];
  const rows = [
    row("commits", series.appends, count),
    row("events", series.events, count),
    row("appended", series.eventBytes, size),
    row("messages out", series.messages, count),
    row("sent", series.bytes, size),
    row("requests", series.requests, count),
    row("loop lag", series.lagMs, (ms) => `${ms.toFixed(1)} ms`),
  ];
  const columns = ["SECOND", "MINUTE", "MOST"];
  const figures = table(["A SECOND", ...columns], rows, columns);
  const below = connections === undefined
    ? "Connections need the key of an administrator\n"
    : connectionTable(connections, Date.now());
  return `${head}\n${figures}\n${below}`;
}
