import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { argument, command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Unreadable } from "../../server/admin/chain_tools.ts";
import { linesOfBody } from "../../server/admin/lines.ts";
import { DAMAGED } from "../terminal/exit_codes.ts";
import { type BackendFlags, backendOptions, withBackend } from "../backend/open_backend.ts";
import { givenFile } from "../terminal/given_file.ts";
import { newFile } from "../terminal/new_file.ts";
import { ORDER_CHAIN } from "../../streams/chain/names.ts";
import { parseChainLine } from "../../log/event_line.ts";
import { printAsIs, ProgressBar, say } from "../terminal/terminal.ts";

/** `export`: chains as lines. */
export const exportCommand = map(
  command(
    "export",
    merge(
      object({
        chains: multiple(argument(string({ metavar: "CHAIN" }))),
        output: optional(option("-o", "--output", string({ metavar: "FILE" }), {
          description: message`Write to this file, which must not be there yet, instead of stdout`,
        })),
      }),
      backendOptions,
    ),
    {
      brief: message`Write chains, all of them by default, as lines of JSON that import reads`,
      footer:
        message`Offsets, ids, times and commits are kept, and so are keys of the server, as hashes. A node's signing key is not a chain: backup has that too. What cannot be read is left out and named on stderr, and the command ends with 3.`,
    },
  ),
  (flags) => () => exportChains(flags),
);

/** `import`: lines as chains. */
export const importCommand = map(
  command(
    "import",
    merge(
      object({
        file: optional(argument(string({ metavar: "FILE" }), {
          description: message`What export wrote; stdin by default`,
        })),
      }),
      backendOptions,
    ),
    {
      brief: message`Write the chains of an export, with their offsets, ids and times`,
      footer:
        message`An import that was cut off goes on where it stopped when it is run again. A chain that is there already and is another is refused.`,
    },
  ),
  (flags) => () => importChains(flags),
);

interface ExportFlags extends BackendFlags {
  readonly chains: readonly string[];
  readonly output: string | undefined;
}

export async function exportChains(flags: ExportFlags): Promise<number> {
  const { output } = flags;
  let file: Deno.FsFile | undefined;
  let writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;
  const encoder = new TextEncoder();
  const write = (text: string) =>
    writer === undefined ? printAsIs(text) : writer.write(encoder.encode(text));
  const bar = new ProgressBar();
  const gaps: Unreadable[] = [];
  const unreadable = (gap: Unreadable) => void gaps.push(gap);
  try {
    await withBackend(flags, async (backend) => {
      const names = [...flags.chains];
      if (names.length === 0) {
        for await (const { chain } of backend.chains("")) {
          // It is of all others, and made anew where these come to.
          if (chain !== ORDER_CHAIN) names.push(chain);
        }
      }
      // Once there is something to export: where there is not, no file is left behind.
      const whereThere = "name another file, or remove it first";
      file = output === undefined ? undefined : await newFile(output, whereThere);
      writer = file?.writable.getWriter();
      for (const name of names) {
        for await (const lines of backend.export(name, bar.update, unreadable)) await write(lines);
      }
    });
    await file?.syncData();
  } finally {
    bar.clear();
    await writer?.close();
  }
  for (const gap of gaps) await say(`${textOf(gap)}\n`);
  return gaps.length === 0 ? 0 : DAMAGED;
}

function textOf({ chain, from, to, reason }: Unreadable): string {
  if (from === to) return `${chain}: exported as another life of it: ${reason}`;
  const what = to - from === 1 ? `event ${from}` : `events ${from} to ${to - 1}`;
  return `${chain}: ${what} could not be read: ${reason}`;
}

interface ImportFlags extends BackendFlags {
  readonly file: string | undefined;
}

export async function importChains(flags: ImportFlags): Promise<number> {
  const { file } = flags;
  const input = file === undefined ? Deno.stdin.readable : await givenFile(file, "export");
  const lines = await exportLines(linesOfBody(input));
  if (lines === undefined) {
    await say("There is nothing in the export\n");
    return 0;
  }
  const bar = new ProgressBar();
  try {
    await withBackend(flags, async (backend) => {
      for await (const { chain, events, known } of backend.import(lines, bar.update)) {
        bar.clear();
        const before = known === 0 ? "" : `, ${known} were there`;
        await say(`${chain}: ${events} imported${before}\n`);
      }
    }, { mayCreate: true });
  } finally {
    bar.clear();
  }
  return 0;
}

/** Lines that begin as an export does, before a store is made for them; undefined for none. */
async function exportLines(
  given: AsyncIterable<string>,
): Promise<AsyncIterable<string> | undefined> {
  const lines = given[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) return undefined;
  parseChainLine(first.value);
  return (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => lines };
  })();
}
