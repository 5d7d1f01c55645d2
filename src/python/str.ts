import type { Steps } from "../kernel/steps.ts";
import { entriesOf, isPyArray, isPyObject, keysOf, PyFloat, type PyJson, valueAt } from "./json.ts";
import { isLong } from "./json_walk.ts";
import { pyFloatText } from "./float_text.ts";

/**
 * Python's `str(value)`: a string as it is, everything else as `repr` prints it
 * (`{'a': [1, 2.0, True, None]}`). Which characters print raw follows this runtime's Unicode
 * tables, which may be newer than Python's. What is not there is `None`.
 */
export function pyStr(value: PyJson | undefined): string {
  return typeof value === "string" ? value : pyRepr(value ?? null);
}

/** Python's `repr(value)`: as {@link pyStr}, with strings in quotes (`'a'`, `"it's"`). */
export function pyRepr(value: PyJson): string {
  if (typeof value === "string") return stringRepr(value);
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (value instanceof PyFloat) return pyFloatText(value.value);
  if (isPyObject(value)) {
    const parts = entriesOf(value).map(([key, item]) => `${stringRepr(key)}: ${pyRepr(item)}`);
    return `{${parts.join(", ")}}`;
  }
  if (typeof value === "object") return `[${value.map(pyRepr).join(", ")}]`;
  return value.toString();
}

/** As {@link pyRepr}, a step at a time where the value is long. */
export function* writingRepr(value: PyJson): Steps<string> {
  if (!isLong(value)) {
    const text = pyRepr(value);
    yield REPR_COST * text.length;
    return text;
  }
  let out = "";
  const add = (text: string) => out = out === "" ? text : `${out}, ${text}`;
  if (isPyArray(value)) {
    for (const item of value) {
      add(isContainer(item) ? yield* writingRepr(item) : pyRepr(item));
      yield ITEM_COST;
    }
    return `[${out}]`;
  }
  if (!isPyObject(value)) return pyRepr(value);
  for (const key of keysOf(value)) {
    const item = valueAt(value, key) ?? null;
    add(`${stringRepr(key)}: ${isContainer(item) ? yield* writingRepr(item) : pyRepr(item)}`);
    yield ITEM_COST + key.length;
  }
  return `{${out}}`;
}

/** What a character of it costs, in characters that are only looked at. */
const REPR_COST = 4;

/** What an item costs beside what is inside it, in characters. */
const ITEM_COST = 64;

function isContainer(value: PyJson): boolean {
  return isPyArray(value) || isPyObject(value);
}

/** What `repr` may escape: quotes, backslashes and what Python does not print raw. */
const NOT_PLAIN = /['"\\]|(?! )[\p{C}\p{Z}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(NOT_PLAIN, (character) => {
    if (character === "\\" || character === quote) return `\\${character}`;
    if (character === "'" || character === '"') return character;
    return SHORT[character] ?? codeEscape(character.codePointAt(0) ?? 0);
  });
  return `${quote}${body}${quote}`;
}

function codeEscape(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
