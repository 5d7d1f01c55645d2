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
  writePartOfRest,
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
  const text = yield* new StepWriter(STYLES[name]).text(value);
  // The texts of responses are told whole what of them cannot be encoded.
  return name === "rest" || name === "sortedRest" ? encodable(text) : text;
}

const WRITERS = {
  canonical: writeCanonicalJson,
  insertion: writeInsertionJson,
  rest: writeRestJson,
  part: writePartOfRest,
  sortedRest: writeSortedRestJson,
  rapid: writeRapidJson,
  sortedAscii: writeSortedAsciiJson,
  spacedAscii: writeSpacedAsciiJson,
};

/** A container that is being written: an array, or an object with its keys. */
interface Open {
  readonly items: readonly PyJson[] | undefined;
  readonly keys: readonly string[];
  readonly map: Map<string, PyJson> | undefined;
  readonly record: Readonly<Record<string, PyJson>>;
  at: number;
}

/** Pieces of a text that are put together at once: ropes of all of them would be alive until its end. */
const PIECES = 1_024;

class StepWriter {
  readonly #style: Style;
  /** Containers around what is written now, the innermost last. */
  readonly #open: Open[] = [];
  readonly #parts: string[] = [];
  #pieces: string[] = [];
  #cost = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  *text(value: PyJson): Steps<string> {
    let next: PyJson | undefined = value;
    do {
      // A generator for each value would be most of what it costs.
      const unsorted = next === undefined ? undefined : this.#begin(next);
      if (unsorted !== undefined) yield* sorting(unsorted);
      if (this.#cost > TOLD) yield this.#told();
      const open = this.#open.at(-1);
      next = open && this.#next(open);
    } while (this.#open.length > 0);
    this.#join();
    return this.#parts.join("");
  }

  /** Goes on in a container; undefined where it ends. */
  #next(open: Open): PyJson | undefined {
    const { items, keys, at } = open;
    const { comma, colon, quote } = this.#style;
    if (at === (items ?? keys).length) {
      this.#add(items === undefined ? "}" : "]");
      this.#open.pop();
      return undefined;
    }
    open.at++;
    if (at > 0) this.#add(comma);
    this.#cost += ITEM_COST;
    if (items !== undefined) return items[at];
    const key = keys[at] ?? "";
    this.#cost += key.length;
    this.#add(quote(key) + colon);
    return open.map === undefined ? open.record[key] : open.map.get(key);
  }

  /** Writes a value, or its beginning. Returns its keys where they are too many to be sorted at once. */
  #begin(value: PyJson): string[] | undefined {
    const isArray = isPyArray(value);
    if (!isArray && !isPyObject(value)) {
      const text = write(value, this.#style, this.#open.length);
      this.#cost += text.length;
      this.#add(text);
      return undefined;
    }
    const { strict, sorted } = this.#style;
    if (strict && this.#open.length >= MAX_CANONICAL_NESTING) {
      throw new PyJsonWriteError("Recursion limit reached");
    }
    this.#add(isArray ? "[" : "{");
    if (isArray) {
      this.#open.push({ items: value, keys: [], map: undefined, record: {}, at: 0 });
      return undefined;
    }
    const keys = keysOf(value);
    const map = isKeyMap(value) ? value : undefined;
    // Each key is the object's own, so it has a value.
    const record = value as Record<string, PyJson>;
    this.#open.push({ items: undefined, keys, map, record, at: 0 });
    if (sorted && keys.length > SORTED) return keys;
    if (sorted) sortByCodePoint(keys);
    return undefined;
  }

  #add(piece: string): void {
    if (this.#pieces.push(piece) === PIECES) this.#join();
  }

  #join(): void {
    this.#parts.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  #told(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }
}

/** Sorts keys in place as {@linkcode sortByCodePoint} does. */
function* sorting(keys: string[]): Steps<void> {
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
