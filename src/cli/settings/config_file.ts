import { parse } from "@std/toml";
import { configure, type Configured, type Texts } from "../../kernel/configuration.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { allSettings } from "../../server/settings.ts";

/** Names the file where no flag does. */
const VARIABLE = "LEDGER_CONFIG";

/**
 * Reads the settings of the server: from flags, the environment and the configuration file, which
 * is TOML with a line for each setting. Throws `config_invalid`.
 */
export async function readConfiguration(
  flags: Texts,
  file: string | undefined,
): Promise<Configured<typeof allSettings>> {
  const path = file ?? Deno.env.get(VARIABLE);
  return configure(allSettings, {
    flags,
    variable: (name) => Deno.env.get(name),
    file: path === undefined || path === "" ? {} : await readFile(path),
  });
}

async function readFile(path: string): Promise<Texts> {
  let lines: Record<string, unknown>;
  try {
    lines = parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new LedgerError("config_invalid", `${path}: ${messageOf(error)}`, {}, error);
  }
  return Object.fromEntries(
    Object.entries(lines).map(([name, value]) => [name, textOf(path, name, value)]),
  );
}

/** A value as the text that a flag would have; a list is one with commas. */
function textOf(path: string, name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => textOf(path, name, item)).join(",");
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new LedgerError("config_invalid", `${path}: ${name} is not a text, a number or a list`);
}
