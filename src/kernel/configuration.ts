import { LedgerError } from "./errors.ts";
import { type Settings, type Values, variableOf } from "./setting.ts";

/** Texts by the name of a setting; undefined or absent where nothing is said. */
export type Texts = Readonly<Record<string, string | undefined>>;

/** Where settings are said, each before the next. */
export interface Sources {
  /** From the command line. */
  readonly flags: Texts;
  /** The environment. */
  variable(name: string): string | undefined;
  /** From the configuration file. */
  readonly file?: Texts;
}

/** Where the value in force comes from. */
export type Origin = "flag" | "environment" | "file" | "default";

/** The values in force, and where each comes from. */
export interface Configured<S extends Settings> {
  readonly values: Values<S>;
  readonly origins: Readonly<Record<string, Origin>>;
  /** The settings that somebody set. */
  readonly given: ReadonlySet<string>;
}

/**
 * Reads settings from flags, then from the environment, then from the file, then from their
 * defaults. Throws `config_invalid`, naming everything that is wrong at once.
 */
export function configure<S extends Settings>(settings: S, sources: Sources): Configured<S> {
  const { flags, variable, file = {} } = sources;
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const wrong: string[] = [];
  for (const name of Object.keys(file)) {
    if (settings[name] === undefined) wrong.push(`${name} in the file is not a setting`);
  }
  for (const [name, setting] of Object.entries(settings)) {
    const { origin, text, said } = find(name, setting.fallback, flags, variable, file);
    origins[name] = origin;
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) {
      values[name] = parsed.data;
      continue;
    }
    const shown = setting.isSecret ? "" : `, not ${JSON.stringify(text)}`;
    wrong.push(`${said} must be ${parsed.error.issues[0]?.message ?? "valid"}${shown}`);
  }
  if (wrong.length > 0) throw new LedgerError("config_invalid", wrong.join("\n"));
  const given = Object.keys(origins).filter((name) => origins[name] !== "default");
  // Every name of S has been given the output of its own schema.
  return { values: values as Values<S>, origins, given: new Set(given) };
}

function find(
  name: string,
  fallback: string,
  flags: Texts,
  variable: Sources["variable"],
  file: Texts,
): { origin: Origin; text: string; said: string } {
  const flag = flags[name];
  if (flag !== undefined) return { origin: "flag", text: flag, said: `--${name}` };
  const text = variable(variableOf(name));
  if (text !== undefined) return { origin: "environment", text, said: variableOf(name) };
  const line = file[name];
  if (line !== undefined) return { origin: "file", text: line, said: `${name} in the file` };
  return { origin: "default", text: fallback, said: name };
}
