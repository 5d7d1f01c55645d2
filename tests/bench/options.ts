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
  /** Events of the large chain that `scale` compares with a small one. */
  readonly scale: number;
}

export const USAGE = `Usage: deno task bench [options]

  --pairs N          how often ours and the ceiling take turns (5)
  --quick            one pair and small counts: a smoke test
  --only A,B         scenarios whose names begin so
  --scale N          events of the large chain of "scale" (1000000)
  --json             print JSON beside the table
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
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const { quick, json } = values;
  return {
    pairs: count("pairs", values.pairs, quick ? 1 : 5),
    quick,
    json,
    only: values.only.split(",").map((name) => name.trim()).filter((name) => name !== ""),
    scale: count("scale", values.scale, quick ? 50_000 : 1_000_000),
  };
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`--${name} must be a count, not ${text}`);
  return Number(text);
}
