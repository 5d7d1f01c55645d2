import type { Steps } from "../kernel/steps.ts";
import { compareCodePoints, sortByCodePoint } from "./code_points.ts";
import { isKeyMap, isPyArray, isPyObject, keysOf, type PyJson, PyJsonWriteError } from "./json.ts";
import { isLong } from "./json_walk.ts";
import {
  encodable,
  MAX_CANONICAL_NESTING,
  type Style,
  STYLES,
  write,
  writeCanonicalJson,
  writeInsertionJson,
  writeRapidJson,
  writeRestJson,
  writeSortedAsciiJson,
  writeSortedRestJson,
  writeSpacedAsciiJson,
} from "./json_write.ts";

/** What an item costs beside its characters, in characters, and how much of that is told at once. */
const ITEM_COST = 64;
const TOLD = 16 * 1024;

/** Keys that are sorted at once. */
const SORTED = 1_024;

/**
 * The text of a value as the writer of that name writes it, a step at a time: for values whose text
 * is long. Throws as that does.
 */
export function* writing(value: PyJson, name: keyof typeof STYLES): Steps<string> {
  if (!isLong(value)) return WRITERS[name](value);
  const text = yield* new StepWriter(STYLES[name]).value(value, 0);
  // The texts of responses are told whole what of them cannot be encoded.
  return name === "rest" || name === "sortedRest" ? encodable(text) : text;
}

const WRITERS = {
  canonical: writeCanonicalJson,
  insertion: writeInsertionJson,
  rest: writeRestJson,
  sortedRest: writeSortedRestJson,
  rapid: writeRapidJson,
  sortedAscii: writeSortedAsciiJson,
  spacedAscii: writeSpacedAsciiJson,
};

class StepWriter {
  readonly #style: Style;
  #cost = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  *value(value: PyJson, depth: number): Steps<string> {
    const style = this.#style;
    const isArray = isPyArray(value);
    if (!isArray && !isPyObject(value)) return write(value, style, depth);
    if (style.strict && depth >= MAX_CANONICAL_NESTING) {
      throw new PyJsonWriteError("Recursion limit reached");
    }
    let out = "";
    const add = (text: string) => out = out === "" ? text : `${out}${style.comma}${text}`;
    if (isArray) {
      for (const item of value) {
        add(yield* this.#item(item, depth));
        if (this.#cost > TOLD) yield this.#told();
      }
      return `[${out}]`;
    }
    const keys = keysOf(value);
    if (style.sorted) yield* sorting(keys);
    const map = isKeyMap(value) ? value : undefined;
    // Each key is the object's own, so it has a value.
    const record = value as Record<string, PyJson>;
    for (const key of keys) {
      const item = (map === undefined ? record[key] : map.get(key)) as PyJson;
      const named = `${style.quote(key)}${style.colon}`;
      this.#cost += key.length;
      add(`${named}${yield* this.#item(item, depth)}`);
      if (this.#cost > TOLD) yield this.#told();
    }
    return `{${out}}`;
  }

  *#item(item: PyJson, depth: number): Steps<string> {
    this.#cost += ITEM_COST;
    if (isPyArray(item) || isPyObject(item)) return yield* this.value(item, depth + 1);
    const text = write(item, this.#style, depth);
    this.#cost += text.length;
    return text;
  }

  #told(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }
}

/** Sorts keys in place as {@linkcode sortByCodePoint} does. */
function* sorting(keys: string[]): Steps<void> {
  if (keys.length <= SORTED) return void sortByCodePoint(keys);
  let runs: string[][] = [];
  for (let at = 0; at < keys.length; at += SORTED) {
    runs.push(sortByCodePoint(keys.slice(at, at + SORTED)));
    yield SORTED * ITEM_COST;
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(yield* mergedRuns(runs[at] ?? [], runs[at + 1] ?? []));
    }
    runs = merged;
  }
  for (const [at, key] of (runs[0] ?? []).entries()) keys[at] = key;
}

function* mergedRuns(one: readonly string[], other: readonly string[]): Steps<string[]> {
  const merged: string[] = [];
  for (let at = 0, from = 0; at < one.length || from < other.length;) {
    const a = one[at];
    const b = other[from];
    const isFirst = a !== undefined && (b === undefined || compareCodePoints(a, b) <= 0);
    if (isFirst) at++;
    else from++;
    merged.push((isFirst ? a : b) ?? "");
    if (merged.length % SORTED === 0) yield SORTED * ITEM_COST / 4;
  }
  return merged;
}
