import { parseArgs } from "node:util";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { SOCKET_STALL_MS } from "../kernel/limits.ts";
import {
  choiceSetting,
  countSetting,
  listSetting,
  portSetting,
  type Settings,
  textSetting,
  type Values,
  variableOf,
} from "../kernel/setting.ts";

/** Settings of the server itself; each ledger adds its own. */
export const serverSettings = {
  store: {
    doc: "Where the log is: a file, :memory:, or the URL of a denokv server",
    schema: textSetting,
    fallback: "ledgerline-data/ledger.db",
  },
  host: {
    doc: "Address to listen on; localhost listens on both of its addresses",
    schema: textSetting,
    fallback: "localhost",
  },
  port: {
    doc: "Main port, with every ledger under its prefix, or off",
    schema: portSetting,
    fallback: "8000",
  },
  "api-keys": {
    doc: "Keys that clients must show one of, separated by commas; none lets everyone in",
    schema: listSetting,
    fallback: "",
    isSecret: true,
  },
  "allowed-origins": {
    doc: "Origins of web pages that may open sockets, separated by commas, or *",
    schema: listSetting,
    fallback: "",
  },
  "max-connections": {
    doc: "Sockets open at once, after which more are refused",
    schema: countSetting(1, 1_000_000),
    fallback: "20000",
  },
  "slow-client-seconds": {
    doc: "Seconds a client may take nothing while there is more for it, before it is let go",
    schema: countSetting(1, 3_600),
    fallback: `${SOCKET_STALL_MS / 1_000}`,
  },
  "log-level": {
    doc: "The least that is logged",
    schema: choiceSetting(["debug", "info", "warning", "error"]),
    fallback: "info",
  },
  "log-format": {
    doc: "json, text, or auto: text on a terminal",
    schema: choiceSetting(["auto", "json", "text"]),
    fallback: "auto",
  },
} as const satisfies Settings;

/** The values in force, and which of them somebody set. */
export interface Configured<S extends Settings> {
  readonly values: Values<S>;
  readonly given: ReadonlySet<string>;
}

/**
 * Reads settings from flags, then from the environment, then from their defaults. Throws
 * `config_invalid`, naming everything that is wrong at once.
 */
export function configure<S extends Settings>(
  settings: S,
  args: readonly string[],
  variable: (name: string) => string | undefined,
): Configured<S> {
  const flags = parseFlags(settings, args);
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const wrong: string[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const fromFlag = flags[name];
    const text = fromFlag ?? variable(variableOf(name));
    if (text !== undefined) given.add(name);
    const parsed = setting.schema.safeParse(text ?? setting.fallback);
    if (parsed.success) {
      values[name] = parsed.data;
      continue;
    }
    const source = fromFlag === undefined ? variableOf(name) : `--${name}`;
    const shown = setting.isSecret ? "" : `, not ${JSON.stringify(text)}`;
    wrong.push(`${source} must be ${parsed.error.issues[0]?.message ?? "valid"}${shown}`);
  }
  if (wrong.length > 0) throw new LedgerError("config_invalid", wrong.join("\n"));
  // Every name of S has been given the output of its own schema.
  return { values: values as Values<S>, given };
}

function parseFlags(
  settings: Settings,
  args: readonly string[],
): Record<string, string | undefined> {
  const options = Object.fromEntries(
    Object.keys(settings).map((name) => [name, { type: "string" as const }]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new LedgerError("config_invalid", `${messageOf(error)}\nSee --help`, {}, error);
  }
}

/** Where the documentation of a setting begins in the help. */
const DOC_COLUMN = 30;

/** The help text of a set of settings. */
export function describeSettings(settings: Settings): string {
  return Object.entries(settings).map(([name, { doc, fallback }]) => {
    const standard = fallback === "" ? "" : ` (${fallback})`;
    return `${`  --${name}`.padEnd(DOC_COLUMN)}${doc}${standard}\n${" ".repeat(DOC_COLUMN)}${
      variableOf(name)
    }`;
  }).join("\n");
}
