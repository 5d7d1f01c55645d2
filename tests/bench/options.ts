import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  /** How often ours and the ceiling take turns. */
  readonly pairs: number;
  /** Small counts: that everything works, not how fast. */
  readonly quick: boolean;
  /** Names or beginnings of names of the scenarios to run; all where it is empty. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** The table of the page beside is made anew, or the lines of it that were measured. */
  readonly write: boolean;
  /** Which functions the servers spent their time in is told of each scenario. */
  readonly profile: boolean;
  /** Events of the large chain that `scale` compares with a small one. */
  readonly scale: number;
}

/** What lies between the store and its clients, as `--only edge` has it. */
const EDGE = [
  ...["streams-append", "catch-up", "fanout", "ws-fanout", "replay-1", "ws-replay"],
  ...["denokv-commit", "servers", "heavy", "idle-memory"],
];

export const USAGE = `Usage: deno task bench [options]

  --pairs N          how often ours, the ceiling and the peer take turns (3)
  --quick            one pair and small counts: a smoke test
  --only A,B         scenarios whose names begin so; "edge" has those with peers, and what
                     concerns everybody: servers, heavy requests, memory
  --scale N          events of the large chain of "scale" (1000000)
  --write            put the lines into the table of tests/bench/README.md
  --profile          tell of each scenario which functions our server spent its time in
  --json             print JSON instead of the table

With LEDGER_BENCH_PEERS=1 in the environment the peers are installed first, where they are missing:
the Durable Streams server in Rust (by cargo) and NATS (by go).
`;

/** Reads the options. Throws `TypeError` with words for the user. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      scale: { type: "string" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const { quick, json, write, profile } = values;
  if (write && quick) throw new TypeError("--write with --quick would keep what says nothing");
  if (write && profile) throw new TypeError("--write with --profile would keep slower figures");
  return {
    pairs: count("pairs", values.pairs, quick ? 1 : 3),
    quick,
    json,
    write,
    profile,
    only: values.only.split(",").map((name) => name.trim()).filter((name) => name !== "")
      .flatMap((name) => name === "edge" ? EDGE : [name]),
    scale: count("scale", values.scale, quick ? 50_000 : 1_000_000),
  };
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`--${name} must be a count, not ${text}`);
  return Number(text);
}
