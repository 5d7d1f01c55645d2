import { object } from "@optique/core/constructs";
import { formatMessage, message, text } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { parse, type Parser } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import type { ValueParser } from "@optique/core/valueparser";
import type { Texts } from "../../kernel/configuration.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { type Setting, type Settings, switchSetting, variableOf } from "../../kernel/setting.ts";

/** The flags of a set of settings: their texts, as given. What they mean is for the settings. */
export function settingOptions(settings: Settings): Parser<"sync", Texts, unknown> {
  return object(Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, settingOption(name, setting)]),
  ));
}

/**
 * Nobody sees it: what is none of the options is told by what holds them all. Without a text each
 * option that an argument is not looks for names like it, which took most of the time of reading a
 * command line.
 */
const NO_MATCH = { noMatch: message`No such option.` };

function settingOption(name: string, setting: Setting) {
  const { doc, fallback } = setting;
  const standard = fallback === "" ? "" : ` (${fallback})`;
  const description = message`${text(`${doc}${standard}; ${variableOf(name)}`)}`;
  return optional(option(`--${name}`, settingText(setting), { description, errors: NO_MATCH }));
}

/** Takes any text: one reader of settings says what is wrong, whichever source it is from. */
function settingText({ schema }: Setting): ValueParser<"sync", string> {
  const words = schema === switchSetting ? ["true", "false"] : [];
  return {
    mode: "sync",
    metavar: words.length > 0 ? "TRUE|FALSE" : "VALUE",
    placeholder: "",
    parse: (input) => ({ success: true, value: input }),
    format: (value) => value,
    *suggest(prefix) {
      for (const word of words) if (word.startsWith(prefix)) yield { kind: "literal", text: word };
    },
  };
}

/** Arguments with `--switch` written as `--switch=true`. */
export function withSwitches(settings: Settings, args: readonly string[]): string[] {
  return args.map((arg) => {
    const setting = arg.startsWith("--") ? settings[arg.slice(2)] : undefined;
    const bare = setting?.schema === switchSetting ? "true" : setting?.bare;
    return bare === undefined ? arg : `${arg}=${bare}`;
  });
}

/** A text about flags without what they were given: a flag that is misspelt may hold a secret. */
export function withoutValues(text: string): string {
  return text.replaceAll(
    /(?<![\w-])([\w-]+)=[^\s`]*/g,
    // What closes a quotation, and the sentence, is not the value's.
    (all, name: string) => name.includes("--") ? name + (all.endsWith('".') ? '".' : "") : all,
  );
}

/** Reads flags of settings alone. Throws `config_invalid` for anything else. */
export function parseSettingFlags(settings: Settings, args: readonly string[]): Texts {
  const result = parse(settingOptions(settings), withSwitches(settings, args));
  if (result.success) return result.value;
  throw new LedgerError(
    "config_invalid",
    `${withoutValues(formatMessage(result.error))}\nSee --help`,
  );
}
