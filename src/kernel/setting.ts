import { z } from "zod";

/**
 * One setting: the single source of its flag (`--name`), its environment variable
 * (`LEDGER_NAME`), its default and its documentation.
 */
export interface Setting<T = unknown> {
  /** What it does, in a sentence for `--help`. */
  readonly doc: string;
  /** Reads the text of a flag or a variable; its output is the setting's value. */
  readonly schema: z.ZodType<T, string>;
  /** The text that stands for it where nothing is set. */
  readonly fallback: string;
  /** What its flag stands for where it is given without a value. */
  readonly bare?: string;
  /** Never shown. */
  readonly isSecret?: boolean;
}

/** Settings by name, in kebab case. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of a set of settings. */
export type Values<S extends Settings> = {
  readonly [N in keyof S]: S[N] extends Setting<infer T> ? T : never;
};

/** The environment variable of a setting. */
export function variableOf(name: string): string {
  return `LEDGER_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** A TCP port, or undefined where it is `off`. */
export const portSetting: z.ZodType<number | undefined, string> = z.string()
  .regex(/^(?:off|\d{1,5})$/, "a port number, or off")
  .transform((text) => text === "off" ? undefined : Number(text))
  .refine((port) => port === undefined || port <= 65_535, "a port number up to 65535, or off");

export const textSetting: z.ZodType<string, string> = z.string();

/** Comma-separated words. */
export const listSetting: z.ZodType<readonly string[], string> = z.string()
  .transform((text) => text.split(",").map((word) => word.trim()).filter((word) => word !== ""));

/** `true` or `false`; a flag given without a value is `true`. */
export const switchSetting: z.ZodType<boolean, string> = z.enum(["true", "false"])
  .transform((text) => text === "true");

/** A whole number between `least` and `most`. */
export function countSetting(least: number, most: number): z.ZodType<number, string> {
  const range = `a whole number from ${least} to ${most}`;
  return z.string().regex(/^\d{1,15}$/, range).transform(Number)
    .refine((count) => count >= least && count <= most, range);
}

/** A number of seconds between `least` and `most`, down to thousandths. */
export function secondsSetting(least: number, most: number): z.ZodType<number, string> {
  const range = `a number of seconds from ${least} to ${most}`;
  return z.string().regex(/^\d{1,9}(?:\.\d{1,3})?$/, range).transform(Number)
    .refine((seconds) => seconds >= least && seconds <= most, range);
}

/** One of a few words. */
export function choiceSetting<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodType<T[number], string> {
  return z.string().transform((text, context) => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    context.addIssue({ code: "custom", message: `one of ${words.join(", ")}` });
    return z.NEVER;
  });
}
