import type { Steps } from "../kernel/steps.ts";
import {
  isUnorderedKey,
  PyFloat,
  type PyJson,
  PyJsonError,
  PyJsonLimitError,
  type PyRecord,
} from "./json.ts";

/**
 * How many containers may stand inside each other. Python's own bound is its recursion limit less
 * what the web framework has used up: 967 measured, a little different for each server.
 */
export const MAX_NESTING = 960;

/** How many digits an integer may have: Python's default bound. */
const MAX_INTEGER_DIGITS = 4300;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// deno-lint-ignore no-control-regex -- JSON forbids exactly these inside a string
const NOT_PLAIN = /[\\\u0000-\u001f]/;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Keys of one object that may share the lowest ten bits of their numbers. */
const CROWD = 512;

/**
 * Detects hash flooding: keys that were chosen to collide. The runtime hashes a text of up to ten
 * digits by its number alone, so that each of 30,000 multiples of 2^17 is compared with all before
 * it. Shorter numbers are too few for that, and dates and counters are spread well enough.
 */
export class KeyCrowd {
  #count = 0;
  #counts: Uint16Array | undefined;

  add(key: string): void {
    if (key.length < 8 || ++this.#count <= CROWD) return;
    const counts = this.#counts ??= new Uint16Array(1024);
    const place = Number(key) % counts.length;
    const held = counts[place] = (counts[place] ?? 0) + 1;
    if (held > CROWD) throw new PyJsonLimitError("too many keys with one hash");
  }
}

/** What is empty is the same everywhere, and nobody changes a value: a text may have a third of a million of them. */
const EMPTY_LIST: readonly PyJson[] = Object.freeze([]);
const EMPTY_OBJECT: PyRecord = Object.freeze({});

function closeOf({ items }: Open): number {
  return items === undefined ? 0x7d : 0x5d;
}

/** A container that is being read. */
type Open =
  | { readonly items: PyJson[] }
  | {
    readonly items?: undefined;
    readonly plain: Record<string, PyJson>;
    /** Its members, once one has a key that a plain object would not keep in place. */
    ordered: Map<string, PyJson> | undefined;
    crowd: KeyCrowd | undefined;
    key: string;
  };

/** What a value costs beside its characters, in characters, and how much of that is told at once. */
const VALUE_COST = 24;
const TOLD = 16 * 1024;

/** Reads a text as Python does, a step at a time. Throws as `parsePyJson` does. */
export class Decoder {
  #at = 0;
  /** Containers around what is read now, the innermost last. */
  readonly #open: Open[] = [];

  constructor(readonly text: string, readonly watch: typeof KeyCrowd | undefined) {}

  *document(): Steps<PyJson> {
    if (this.text.charCodeAt(0) === 0xfeff) {
      this.#fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    }
    this.#skipSpace();
    let cost = 0;
    let from = this.#at;
    for (;;) {
      let value = this.#value();
      while (value !== undefined) {
        const container = this.#open.at(-1);
        if (container === undefined) {
          this.#skipSpace();
          if (this.#at !== this.text.length) this.#fail("Extra data", this.#at);
          return value;
        }
        value = this.#put(value, container);
      }
      cost += VALUE_COST + this.#at - from;
      from = this.#at;
      if (cost < TOLD) continue;
      yield cost;
      cost = 0;
    }
  }

  /** The value that begins here; undefined where it is a container with something in it. */
  #value(): PyJson | undefined {
    switch (this.text.charCodeAt(this.#at)) {
      case 0x22: // "
        return this.#string();
      case 0x7b: // {
        return this.#begin({ plain: {}, ordered: undefined, crowd: undefined, key: "" });
      case 0x5b: // [
        return this.#begin({ items: [] });
      case 0x74: // t
        return this.#word("true", true);
      case 0x66: // f
        return this.#word("false", false);
      case 0x6e: // n
        return this.#word("null", null);
      case 0x4e: // N
        return this.#word("NaN", new PyFloat(NaN));
      case 0x49: // I
        return this.#word("Infinity", new PyFloat(Infinity));
      default:
        return this.#number();
    }
  }

  #begin(container: Open): PyJson | undefined {
    this.#at++;
    if (this.#open.length === MAX_NESTING) {
      throw new PyJsonLimitError("maximum recursion depth exceeded");
    }
    this.#skipSpace();
    if (this.text.charCodeAt(this.#at) === closeOf(container)) {
      this.#at++;
      return container.items === undefined ? EMPTY_OBJECT : EMPTY_LIST;
    }
    this.#open.push(container);
    if (container.items === undefined) container.key = this.#key();
    return undefined;
  }

  /** Puts a value where it belongs. Returns the container, where that ends with it. */
  #put(value: PyJson, container: Open): PyJson | undefined {
    if (container.items !== undefined) container.items.push(value);
    else this.#setMember(container, value);
    this.#skipSpace();
    const code = this.text.charCodeAt(this.#at);
    if (code === closeOf(container)) {
      this.#at++;
      this.#open.pop();
      return container.items ?? container.ordered ?? container.plain;
    }
    if (code !== 0x2c) this.#fail("Expecting ',' delimiter", this.#at);
    this.#at++;
    this.#skipSpace();
    if (container.items === undefined) container.key = this.#key();
    return undefined;
  }

  #setMember(object: Exclude<Open, { items: PyJson[] }>, value: PyJson): void {
    const { key, plain } = object;
    if (isUnorderedKey(key)) {
      object.ordered ??= new Map(Object.entries(plain));
      if (this.watch !== undefined) (object.crowd ??= new this.watch()).add(key);
    }
    if (object.ordered === undefined) plain[key] = value;
    else object.ordered.set(key, value);
  }

  /** A key, with what stands between it and its value. */
  #key(): string {
    if (this.text.charCodeAt(this.#at) !== 0x22) {
      this.#fail("Expecting property name enclosed in double quotes", this.#at);
    }
    const key = this.#string();
    this.#skipSpace();
    if (this.text.charCodeAt(this.#at) !== 0x3a) this.#fail("Expecting ':' delimiter", this.#at);
    this.#at++;
    this.#skipSpace();
    return key;
  }

  #word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.#at)) this.#fail("Expecting value", this.#at);
    this.#at += word.length;
    return value;
  }

  #number(): PyJson {
    const { text } = this;
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(text);
    if (match === null) return this.#word("-Infinity", new PyFloat(-Infinity));
    const literal = match[0];
    this.#at += literal.length;
    if (match[1] !== undefined || match[2] !== undefined) return new PyFloat(Number(literal));
    if (literal.length < 16) {
      // `-0` is the integer 0 in Python.
      return Number(literal) + 0;
    }
    const digits = literal.startsWith("-") ? literal.length - 1 : literal.length;
    if (digits > MAX_INTEGER_DIGITS) {
      throw new PyJsonLimitError(
        `Exceeds the limit (${MAX_INTEGER_DIGITS} digits) for integer string conversion: ` +
          `value has ${digits} digits`,
      );
    }
    const integer = Number(literal);
    return Number.isSafeInteger(integer) ? integer : BigInt(literal);
  }

  #string(): string {
    const { text } = this;
    const quote = this.#at;
    const end = text.indexOf('"', quote + 1);
    if (end >= 0) {
      const slice = text.slice(quote + 1, end);
      if (!NOT_PLAIN.test(slice)) {
        this.#at = end + 1;
        return slice;
      }
    }
    return this.#escapedString(quote);
  }

  #escapedString(quote: number): string {
    const { text } = this;
    let out = "";
    let start = quote + 1;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return out + text.slice(start, at);
      }
      if (code < 0x20) this.#fail("Invalid control character at", at);
      if (code !== 0x5c) continue;
      out += text.slice(start, at);
      const letter = text[++at];
      if (letter === undefined) break;
      if (letter === "u") {
        const hex = text.slice(at + 1, at + 5);
        // Python demands one more character after the four digits before it reads them.
        if (at + 5 >= text.length || !/^[0-9a-fA-F]{4}$/.test(hex)) {
          this.#fail("Invalid \\uXXXX escape", at);
        }
        out += String.fromCharCode(parseInt(hex, 16));
        at += 4;
      } else {
        const plain = ESCAPES[letter];
        if (plain === undefined) this.#fail("Invalid \\escape", at - 1);
        out += plain;
      }
      start = at + 1;
    }
    return this.#fail("Unterminated string starting at", quote);
  }

  #skipSpace(): void {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(message: string, offset: number): never {
    throw new PyJsonError(message, codePoints(this.text, offset));
  }
}

/** How many code points stand before `offset`: Python counts those, JavaScript UTF-16 units. */
function codePoints(text: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < offset; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}
