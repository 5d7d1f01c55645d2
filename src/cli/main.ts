import { message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { runParser } from "@optique/core/facade";
import { messageOf } from "../kernel/errors.ts";
import { printableLines } from "../kernel/printable.ts";
import { DAMAGED, FAILED, OK, WRONG_USE } from "./terminal/exit_codes.ts";
import { parserOf, type Task } from "./program.ts";
import { withoutValues, withSwitches } from "./settings/setting_options.ts";
import { printAsIs, say, sayAsIs } from "./terminal/terminal.ts";
import { VERSION } from "../kernel/version.ts";

/** Thrown to end a run of the parser that has printed help, a version or an error. */
class Shown {
  constructor(readonly code: number, readonly out: string, readonly errors: string) {}
}

/**
 * Runs the command line and resolves with the exit code: 0 when all went well, 1 when it did not, 2
 * for wrong use or settings, 3 for damage, and 128 with a signal's number after it.
 */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === "--version") {
    await printAsIs(`${VERSION}\n`);
    return OK;
  }
  const words = commandOf(args);
  const { parser, settings } = await parserOf(words[0], words[1]);
  const given = settings === undefined ? words : withSwitches(settings, words);
  const parsed = withSuggestion(parser, given, parse(parser, given));
  if (parsed instanceof Shown) {
    await printAsIs(parsed.out);
    await sayAsIs(parsed.errors);
    return parsed.code;
  }
  try {
    return await parsed();
  } catch (error) {
    // The reader of stdout has closed it, as `head` does.
    if (error instanceof Deno.errors.BrokenPipe) return OK;
    await say(`ledgerline: ${messageOf(error)}\n`);
    // A server's error has the same codes as one of a store.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "damaged") return DAMAGED;
    return code === "config_invalid" ? WRONG_USE : FAILED;
  }
}

/** Without a command, flags are those of `serve`. */
function commandOf(args: readonly string[]): readonly string[] {
  const [first] = args;
  if (first === "-h") return ["--help"];
  const isServe = first === undefined ||
    (first.startsWith("-") && first !== "--help" && first !== "--version");
  return isServe ? ["serve", ...args] : args;
}

/** What the parser says of a name that was nearly right. */
const SUGGESTION = "Did you mean";

/** What was parsed; where an option is unknown, with the one meant, which a value would hide. */
function withSuggestion(
  parser: Parser<"sync", Task, unknown>,
  args: readonly string[],
  parsed: Task | Shown,
): Task | Shown {
  if (!(parsed instanceof Shown) || parsed.code === OK || parsed.errors.includes(SUGGESTION)) {
    return parsed;
  }
  const apart = args.flatMap((arg) => /^--[\w-]+=/.test(arg) ? [arg.replace(/=.*/s, ""), ""] : arg);
  const again = parse(parser, apart);
  return again instanceof Shown && again.errors.includes(SUGGESTION) ? again : parsed;
}

function parse(parser: Parser<"sync", Task, unknown>, args: readonly string[]): Task | Shown {
  let out = "";
  let errors = "";
  const stop = (code: number): never => {
    throw new Shown(code, out, errors);
  };
  try {
    return runParser(parser, "ledgerline", [...args], {
      brief: message`A live, replayable event stream for ledger applications.`,
      footer:
        message`Commands work on a running server (--url, LEDGER_URL; its key in LEDGER_KEY) or on a store (--store).`,
      usageLine: [{ type: "ellipsis" }],
      colors: false,
      maxWidth: 100,
      termWidth: "auto",
      help: { option: true, onShow: () => stop(OK) },
      version: { value: VERSION, option: true, onShow: () => stop(OK) },
      completion: { command: { names: ["completions"] }, onShow: () => stop(OK) },
      aboveError: "none",
      stdout: (text) => out += `${text}\n`,
      stderr: (text) => errors += `${printableLines(withoutValues(text))}\n`,
      onError: () => {
        errors += "See --help\n";
        return stop(WRONG_USE);
      },
    });
  } catch (error) {
    if (error instanceof Shown) return error;
    throw error;
  }
}
