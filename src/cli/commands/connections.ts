import { format as formatBytes } from "@std/fmt/bytes";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { command, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { serverOf, urlOption } from "../backend/open_backend.ts";
import { connectionsAnswer, type ShownConnection } from "../backend/server_answers.ts";
import { ServerApi } from "../backend/server_api.ts";
import { OK } from "../terminal/exit_codes.ts";
import { print, printAsIs, say, table } from "../terminal/terminal.ts";

/** By what connections are put in order. */
export const SORTED_BY = ["lag", "age", "buffered", "rate"] as const;

const flags = object({
  sort: withDefault(
    option("--sort", choice([...SORTED_BY]), {
      description: message`The most of what comes first: lag, age, buffered or rate (lag)`,
    }),
    "lag",
  ),
  limit: withDefault(
    option("--limit", integer({ min: 1, max: 20_000 }), {
      description: message`At most so many (100)`,
    }),
    100,
  ),
  ledger: optional(option("--ledger", string({ metavar: "LEDGER" }), {
    description: message`Only those of a ledger`,
  })),
  chain: optional(option("--chain", string({ metavar: "CHAIN" }), {
    description: message`Only those that read a chain`,
  })),
  close: optional(option("--close", string({ metavar: "ID" }), {
    description: message`Close the one of this id, and list nothing`,
  })),
  json: option("--json", { description: message`One JSON object per line` }),
  url: urlOption,
});

/** `connections`: who is there, and how far behind. */
export const connectionsCommand = map(
  command("connections", flags, {
    brief: message`List a running server's connections: who, what they follow, how far behind`,
  }),
  (given) => () => runConnections(given),
);

interface ConnectionsFlags {
  readonly sort: string;
  readonly limit: number;
  readonly ledger: string | undefined;
  readonly chain: string | undefined;
  readonly close: string | undefined;
  readonly json: boolean;
  readonly url: string | undefined;
}

async function runConnections(given: ConnectionsFlags): Promise<number> {
  const api = new ServerApi(...serverOf(given.url));
  const { close, json } = given;
  if (close !== undefined) {
    await api.ask("DELETE", `/v1/connections/${encodeURIComponent(close)}`);
    await say(`connection ${close} is closed\n`);
    return OK;
  }
  const query = new URLSearchParams({ sort: given.sort, limit: String(given.limit) });
  if (given.ledger !== undefined) query.set("ledger", given.ledger);
  if (given.chain !== undefined) query.set("chain", given.chain);
  const answer = await (await api.ask("GET", `/v1/connections?${query}`)).json();
  const { total, connections } = connectionsAnswer.parse(answer);
  if (json) {
    for (const connection of connections) await print(`${JSON.stringify(connection)}\n`);
    return OK;
  }
  await printAsIs(connectionTable(connections, Date.now()));
  if (total > connections.length) await say(`${total - connections.length} more\n`);
  return OK;
}

const HEADING = "ID LEDGER KIND ADDRESS KEY AGE CHAIN LAG BEHIND BUFFERED MSG/S SIZE/S AGENT";

/** A table of connections; `now` is what their ages are counted to. */
export function connectionTable(connections: readonly ShownConnection[], now: number): string {
  const rows = connections.map((one) => [
    one.id,
    one.ledger,
    one.kind,
    one.address,
    one.key === null ? "" : one.key.name ?? one.key.id,
    span((now - Date.parse(one.since)) / 1_000),
    chainsOf(one),
    one.follows.length === 0 ? "" : String(one.lagEvents),
    one.follows.length === 0 ? "" : one.lagSeconds === null ? "?" : span(one.lagSeconds),
    formatBytes(one.bufferedBytes),
    one.messagesPerSecond.toFixed(1),
    formatBytes(Math.round(one.bytesPerSecond)),
    cut(one.agent ?? "", AGENT_CHARS),
  ]);
  return table(HEADING.split(" "), rows, ["AGE", "LAG", "BEHIND", "BUFFERED", "MSG/S", "SIZE/S"]);
}

/** Characters of a column that a stranger could make wide. */
const AGENT_CHARS = 24;
const CHAIN_CHARS = 40;

function chainsOf({ follows, followed }: ShownConnection): string {
  const [first] = follows;
  if (first === undefined) return "";
  const filter = first.filter === null ? "" : ` (${first.filter})`;
  const more = followed > 1 ? ` +${followed - 1}` : "";
  return cut(first.chain + filter, CHAIN_CHARS) + more;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A span of time, short. */
export function span(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)}s`;
  if (seconds < 120) return `${Math.round(seconds)}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)}h` : `${Math.round(seconds / 86_400)}d`;
}
