import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { runParser } from "@optique/core/facade";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { printableLines } from "../kernel/printable.ts";
import { allSettings } from "../server/settings.ts";
import { runAppend } from "./commands/append.ts";
import { runChains } from "./commands/chains.ts";
import { checkConfig, showConfig } from "./commands/config.ts";
import { doctor } from "./commands/doctor.ts";
import { runRead, runTail } from "./commands/events.ts";
import { createKey, listKeys, revokeKey } from "./commands/keys.ts";
import { runServe } from "./commands/serve.ts";
import { exportChains, importChains } from "./commands/transfer.ts";
import { runRebuild, runVerify } from "./commands/upkeep.ts";
import { DAMAGED, FAILED, OK, WRONG_USE } from "./terminal/exit_codes.ts";
import { program } from "./program.ts";
import { withoutValues, withSwitches } from "./settings/setting_options.ts";
import { printAsIs, say, sayAsIs } from "./terminal/terminal.ts";
import { VERSION } from "./version.ts";

/** Thrown to end a run of the parser that has printed help, a version or an error. */
class Shown {
  constructor(readonly code: number, readonly out: string, readonly errors: string) {}
}

/**
 * Runs the command line and resolves with the exit code: 0 when all went well, 1 when it did not, 2
 * for wrong use or settings, 3 for damage, and 128 with a signal's number after it.
 */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(commandOf(args));
  if (parsed instanceof Shown) {
    await printAsIs(parsed.out);
    await sayAsIs(parsed.errors);
    return parsed.code;
  }
  try {
    return await run(parsed);
  } catch (error) {
    // The reader of stdout has closed it, as `head` does.
    if (error instanceof Deno.errors.BrokenPipe) return OK;
    await say(`ledgerline: ${messageOf(error)}\n`);
    const code = error instanceof LedgerError ? error.code : undefined;
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
  return withSwitches(allSettings, isServe ? ["serve", ...args] : args);
}

function parse(args: readonly string[]): InferValue<typeof program> | Shown {
  let out = "";
  let errors = "";
  const stop = (code: number): never => {
    throw new Shown(code, out, errors);
  };
  try {
    return runParser(program, "ledgerline", [...args], {
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

async function run(flags: InferValue<typeof program>): Promise<number> {
  switch (flags.command) {
    case "serve":
      return await runServe(flags);
    case "chains":
      return await runChains(flags);
    case "tail":
      return await runTail(flags);
    case "read":
      return await runRead({
        ...flags,
        from: flags.from ?? (flags.backward ? "latest" : "earliest"),
      });
    case "append":
      return await runAppend(flags);
    case "verify":
      return await runVerify(flags);
    case "rebuild":
      return await runRebuild(flags);
    case "export":
      return await exportChains(flags);
    case "import":
      return await importChains(flags);
    case "keys create":
      return await createKey(flags);
    case "keys list":
      return await listKeys(flags);
    case "keys revoke":
      return await revokeKey(flags);
    case "config show":
      return await showConfig(flags);
    case "config check":
      return await checkConfig(flags);
    case "doctor":
      return await doctor(flags);
  }
}
