import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { z } from "zod";
import { LedgerError } from "../../kernel/errors.ts";
import { parsePosition, type Position } from "../../kernel/position.ts";
import { printable, printableLines } from "../../kernel/printable.ts";
import { parseEventLine } from "../../log/event_line.ts";
import type { EventQuery } from "../../server/admin/chain_tools.ts";
import { signalled } from "../terminal/signals.ts";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import type { AllQuery, Backend } from "../backend/backend.ts";
import { codeOf } from "../backend/server_api.ts";
import { isColourful, paint, printAsIs, say } from "../terminal/terminal.ts";

const chain = argument(string({ metavar: "CHAIN" }), {
  description: message`The chain's whole name, such as streams/hello`,
});

const filterOptions = object("Which events", {
  type: multiple(option("--type", string({ metavar: "TYPE" }), {
    description: message`Events of this type; may be repeated`,
  })),
  key: multiple(option("--key", string({ metavar: "KEY" }), {
    description: message`Events with this key, such as an entity or an address; may be repeated`,
  })),
  limit: optional(option(
    "-n",
    "--limit",
    integer({
      min: 1,
      metavar: "N",
      errors: { unsafeInteger: message`Expected a number that is not as large as that.` },
    }),
    {
      description: message`At most so many`,
    },
  )),
});

const format = withDefault(
  option("--format", choice(["auto", "text", "json"]), {
    description: message`text for people, json for programs; auto is text on a terminal`,
  }),
  "auto",
);

function fromOption(standard: string) {
  return withDefault(
    option("--from", string({ metavar: "POSITION" }), {
      description:
        message`An offset, earliest, latest, the ULID of the last event you have, or an ISO 8601 time (${standard})`,
    }),
    standard,
  );
}

/** `tail`: follows chains. */
export const tailCommand = map(
  command(
    "tail",
    merge(
      object({
        chains: multiple(
          argument(string({ metavar: "CHAIN" }), {
            description:
              message`A chain's whole name, such as streams/hello, or a pattern of names, such as 'hathor/*' or 'streams/**'`,
          }),
          { min: 1 },
        ),
        from: fromOption("latest"),
        format,
      }),
      filterOptions,
      backendOptions,
    ),
    { brief: message`Follow chains: what is there from a position on, and all that comes` },
  ),
  ({ chains, ...flags }) => () => {
    const [chain = "", ...more] = chains;
    const isOne = more.length === 0 && !chain.includes("*");
    return isOne ? runTail({ ...flags, chain }) : runTailOfAll(chains, flags);
  },
);

/** `read`: what is there now. */
export const readCommand = map(
  command(
    "read",
    merge(
      object({
        chain,
        from: optional(fromOption("earliest")),
        backward: option("--backward", { description: message`Newest first` }),
        format,
      }),
      filterOptions,
      backendOptions,
    ),
    { brief: message`Read a chain, from a position on or backward` },
  ),
  (flags) => () =>
    runRead({ ...flags, from: flags.from ?? (flags.backward ? "latest" : "earliest") }),
);

interface EventFlags extends CommonFlags {
  readonly chain: string;
}

interface CommonFlags extends BackendFlags {
  readonly from: string;
  readonly type: readonly string[];
  readonly key: readonly string[];
  readonly limit: number | undefined;
  readonly format: "auto" | "text" | "json";
}

export async function runTail(flags: EventFlags): Promise<number> {
  const { signal, exitCode } = signalled();
  await withBackend(flags, async (backend) => {
    const show = printerOf(flags.format);
    const query = queryOf(flags, false);
    if (await isUnknown(backend, flags.chain)) {
      await say(`There is no chain ${flags.chain} yet: waiting for it\n`);
    }
    const notice = (text: string) => void say(`${text}\n`);
    const followed = backend.follow(flags.chain, query, signal, notice);
    for await (const lines of followed) await show(lines);
  });
  return exitCode();
}

/** Follows all chains of some patterns. */
async function runTailOfAll(patterns: readonly string[], flags: CommonFlags): Promise<number> {
  const { signal, exitCode } = signalled();
  const { filter, limit } = queryOf({ ...flags, from: "latest" }, false);
  const query: AllQuery = { patterns, from: placeOfAll(flags.from), filter };
  await withBackend(flags, async (backend) => {
    const show = printerOf(flags.format, readableOfAll);
    const notice = (text: string) => void say(`${text}\n`);
    let left = limit;
    for await (const lines of backend.followAll(query, signal, notice)) {
      const shown = left === Infinity ? lines : firstLines(lines, left);
      left -= shown.split("\n").length - 1;
      await show(shown);
      if (left <= 0) break;
    }
  });
  return exitCode();
}

/** Where all chains are read from: the offsets of one mean nothing for all. */
function placeOfAll(from: string): AllQuery["from"] {
  if (from === "earliest") return { offset: "-1" };
  if (from === "latest") return { offset: "now" };
  if (/^\d{16}_/.test(from)) return { offset: from };
  const position = parsePosition(from);
  if (position.at === "time") return { since: new Date(position.time).toISOString() };
  throw new LedgerError(
    "position_invalid",
    "Several chains are followed from earliest, latest, a time or an offset that was told of them",
  );
}

function firstLines(lines: string, count: number): string {
  return lines.split("\n").slice(0, -1).slice(0, count).map((line) => `${line}\n`).join("");
}

/** Whether there is no such chain, as far as can be told. */
async function isUnknown(backend: Backend, chain: string): Promise<boolean> {
  const from: Position = { at: "earliest" };
  try {
    for await (const _ of backend.read(chain, { from, limit: 1, isBackward: false, filter: {} })) {
      return false;
    }
    return false;
  } catch (error) {
    return codeOf(error) === "chain_unknown";
  }
}

export async function runRead(flags: EventFlags & { readonly backward: boolean }): Promise<number> {
  await withBackend(flags, async (backend) => {
    const show = printerOf(flags.format);
    const found = backend.read(flags.chain, queryOf(flags, flags.backward));
    for await (const lines of found) await show(lines);
  });
  return 0;
}

function queryOf({ from, type, key, limit }: CommonFlags, isBackward: boolean): EventQuery {
  return {
    from: parsePosition(from),
    limit: limit ?? Infinity,
    isBackward,
    filter: { ...(type.length > 0 && { types: type }), ...(key.length > 0 && { keys: key }) },
  };
}

/** @param show how people are shown a line */
function printerOf(
  format: EventFlags["format"],
  show: (line: string, isColoured: boolean) => string = readable,
): (lines: string) => Promise<void> {
  const isText = format === "text" || (format === "auto" && Deno.stdout.isTerminal());
  if (!isText) return (lines) => printAsIs(printableLines(lines));
  const isColoured = isColourful();
  return (lines) =>
    printAsIs(lines.split("\n").slice(0, -1).map((line) => show(line, isColoured)).join(""));
}

/** An event for people: when, where, what, about what, and its data. */
function readable(line: string, isColoured: boolean): string {
  const { offset, time, type, keys, data } = parseEventLine(line);
  const at = paint.dim(`${new Date(time).toISOString()} ${offset}`, isColoured);
  const about = keys.length === 0 ? "" : ` ${paint.dim(printable(keys.join(",")), isColoured)}`;
  const text = typeof data === "string" ? printable(data) : `<${data.length} bytes>`;
  return `${at} ${paint.cyan(printable(type), isColoured)}${about} ${text}\n`;
}

const DATA = ',"data":';

/** The same of an event of all chains; what is said of a chain itself has a state instead of data. */
function readableOfAll(line: string, isColoured: boolean): string {
  // It comes last, and in its writer's own text: numbers keep their digits.
  const end = line.indexOf(DATA);
  const head = end < 0 ? line : `${line.slice(0, end)}}`;
  const { chain, time, type, keys = [], state } = allHead.parse(JSON.parse(head));
  const at = paint.dim(time ?? "-", isColoured);
  const what = paint.cyan(printable(state ?? type ?? "data"), isColoured);
  const about = keys.length === 0 ? "" : ` ${paint.dim(printable(keys.join(",")), isColoured)}`;
  const data = end < 0 ? "" : ` ${printable(line.slice(end + DATA.length, -1))}`;
  return `${at} ${printable(chain)} ${what}${about}${data}\n`;
}

const allHead = z.object({
  chain: z.string(),
  time: z.string().optional(),
  type: z.string().optional(),
  keys: z.array(z.string()).optional(),
  state: z.string().optional(),
});
