import { merge, object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { command, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Texts } from "../../kernel/configuration.ts";
import { printableLines } from "../../kernel/printable.ts";
import { type Settings, variableOf } from "../../kernel/setting.ts";
import { allSettings } from "../../server/settings.ts";
import { readConfiguration } from "../settings/config_file.ts";
import { settingOptions } from "../settings/setting_options.ts";
import { print, printAsIs } from "../terminal/terminal.ts";

/** `--config`, and a flag for each setting. */
export const configurationOptions = merge(
  object({
    config: optional(option("--config", string({ metavar: "FILE" }), {
      description: message`Settings in TOML, a line for each; LEDGER_CONFIG`,
    })),
  }),
  object("Settings", { flags: settingOptions(allSettings) }),
);

/** What {@linkcode configurationOptions} gives. */
export interface ConfigurationFlags {
  readonly config: string | undefined;
  readonly flags: Texts;
}

/** `config show` and `config check`. */
export const configCommand = command(
  "config",
  or(
    map(
      command(
        "show",
        configurationOptions,
        {
          brief: message`Print the settings in force and where each is from, as TOML`,
          usageLine: [{ type: "ellipsis" }],
        },
      ),
      (flags) => () => showConfig(flags),
    ),
    map(
      command(
        "check",
        configurationOptions,
        {
          brief: message`Say what is wrong with the settings, if anything`,
          usageLine: [{ type: "ellipsis" }],
        },
      ),
      (flags) => () => checkConfig(flags),
    ),
  ),
  { brief: message`Look at the settings without starting anything` },
);

export async function showConfig({ flags, config }: ConfigurationFlags): Promise<number> {
  const { values, origins } = await readConfiguration(flags, config);
  const settings: Settings = allSettings;
  const lines = Object.entries(settings).map(([name, { doc, isSecret }]) => {
    // Every name of the settings has a value.
    const value = shown((values as Readonly<Record<string, unknown>>)[name], isSecret === true);
    const origin = origins[name] === "environment" ? variableOf(name) : origins[name];
    return `# ${doc}; ${origin}\n${name} = ${value}\n`;
  });
  await printAsIs(lines.map(printableLines).join("\n"));
  return 0;
}

/** Says what variables of this program's kind mean nothing: most of them are misspelt. */
export function strayVariables(): string[] {
  const known = new Set(Object.keys(allSettings).map(variableOf));
  for (const name of ["LEDGER_CONFIG", "LEDGER_URL", "LEDGER_KEY"]) known.add(name);
  return Object.keys(Deno.env.toObject()).filter((name) =>
    name.startsWith("LEDGER_") && !known.has(name)
  );
}

export async function checkConfig({ flags, config }: ConfigurationFlags): Promise<number> {
  await readConfiguration(flags, config);
  for (const name of strayVariables()) await print(`${name} is no setting: it changes nothing\n`);
  await print("the settings are good\n");
  return 0;
}

function shown(value: unknown, isSecret: boolean): string {
  if (isSecret) return `"${String(value) === "" ? "" : "(hidden)"}"`;
  if (value === undefined) return '"off"';
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
  return JSON.stringify(String(value));
}
