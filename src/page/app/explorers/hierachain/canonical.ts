import { parseSpelled, type SpelledJson, SpelledNumber } from "./number_text.ts";

/**
 * The text that hierachain 0.2.0 hashes: no spaces, keys in the order of code points, and floats as
 * orjson writes them.
 */
export function canonicalText(value: SpelledJson): string {
  if (value instanceof SpelledNumber) return canonicalNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (isObject(value)) {
    const members = [...value].sort(([one], [other]) => compareByCodePoint(one, other))
      .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalText(inner)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** The text whose hash is an event's leaf: a member `data` of it is not a part of that. */
export function leafText(event: SpelledJson): string {
  if (!isObject(event)) throw new SyntaxError("An event is an object");
  return canonicalText(new Map([...event].filter(([name]) => name !== "data")));
}

/** The same of an event's JSON. */
export function leafTextOf(json: string): string {
  return leafText(parseSpelled(json));
}

/** Whether JSON is an object. */
export function isObject(
  value: SpelledJson | undefined,
): value is ReadonlyMap<string, SpelledJson> {
  return value instanceof Map;
}

/** Integers are as they were written; floats are told by a point or an exponent. */
function canonicalNumber(text: string): string {
  if (!/[.eE]/.test(text)) return text;
  const value = Number(text);
  const size = Math.abs(value);
  if (size >= 1e-5 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  return Number.isFinite(value) ? value.toExponential() : "null";
}

function compareByCodePoint(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a !== b) return rankOf(a) - rankOf(b);
  }
  return one.length - other.length;
}

/** Surrogates, which stand for the highest code points, come last. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
