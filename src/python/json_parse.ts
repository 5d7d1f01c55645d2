import {
  isUnorderedKey,
  PyFloat,
  type PyJson,
  PyJsonError,
  PyJsonLimitError,
  type PyObject,
} from "./json.ts";

/**
 * How many containers may stand inside each other. Python's own bound is its recursion limit less
 * what the web framework has used up: 967 measured, a little different for each server.
 */
const MAX_NESTING = 960;

/** How many digits an integer may have: Python's default bound. */
const MAX_INTEGER_DIGITS = 4300;

/**
 * A number that JSON.parse would change, at a place where a number can stand: a float, minus zero,
 * an integer of 16 digits or more. Text inside a string may look like one; that only costs time,
 * and the look back from the colon keeps times of day from being taken for one.
 */
const LOSSY_NUMBER = /[:[,](?<=["\s]:|[[,])\s*-?\d+(?:[.eE]|(?<=\d{16})|(?<=-0))/;

/** A document that is a bare number. */
const BARE_NUMBER = /^\s*[-\d]/;

/** A key that a plain object would not keep in place, or an escape that may hide one. */
const UNORDERED_KEY = /"(?:\d{1,10}|__proto__)"\s*:|\\u00[3-7]/;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// deno-lint-ignore no-control-regex -- JSON forbids exactly these inside a string
const NOT_PLAIN = /[\\\u0000-\u001f]/;

/**
 * The value `text` holds, as Python 3.11's `json.loads` reads it: NaN, Infinity and -Infinity are
 * values, the last of equal keys wins, lone surrogates pass.
 *
 * @throws {PyJsonError} the text is not JSON
 * @throws {PyJsonLimitError} it nests deeper than {@link MAX_NESTING}, holds an integer of more
 *   than {@link MAX_INTEGER_DIGITS} digits, or an object with a {@link KeyCrowd}
 */
export function parsePyJson(text: string): PyJson {
  return parse(text, KeyCrowd);
}

/** As {@linkcode parsePyJson}, for text from the log, which was within the limits once. */
export function parseStoredJson(text: string): PyJson {
  return parse(text, undefined);
}

function parse(text: string, watch: typeof KeyCrowd | undefined): PyJson {
  if (
    !LOSSY_NUMBER.test(text) && !UNORDERED_KEY.test(text) && !BARE_NUMBER.test(text) &&
    !mayNestTooDeep(text)
  ) {
    try {
      return JSON.parse(text);
    } catch {
      // The exact parser below either takes what Python takes (NaN) or says what is wrong.
    }
  }
  return new Decoder(text, watch).document();
}

function mayNestTooDeep(text: string): boolean {
  // Each container needs an opening and a closing character.
  if (text.length <= 2 * MAX_NESTING) return false;
  let opened = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code === 0x7b || code === 0x5b) && ++opened > MAX_NESTING) return true;
  }
  return false;
}

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
class KeyCrowd {
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

class Decoder {
  #at = 0;
  #depth = 0;

  constructor(readonly text: string, readonly watch: typeof KeyCrowd | undefined) {}

  document(): PyJson {
    if (this.text.charCodeAt(0) === 0xfeff) {
      this.#fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    }
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at !== this.text.length) this.#fail("Extra data", this.#at);
    return value;
  }

  #value(): PyJson {
    switch (this.text.charCodeAt(this.#at)) {
      case 0x22: // "
        return this.#string();
      case 0x7b: // {
        return this.#object();
      case 0x5b: // [
        return this.#array();
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

  #array(): PyJson[] {
    this.#enter();
    const items: PyJson[] = [];
    this.#skipSpace();
    if (this.text.charCodeAt(this.#at) !== 0x5d) {
      for (;;) {
        items.push(this.#value());
        this.#skipSpace();
        const code = this.text.charCodeAt(this.#at);
        if (code === 0x5d) break;
        if (code !== 0x2c) this.#fail("Expecting ',' delimiter", this.#at);
        this.#at++;
        this.#skipSpace();
      }
    }
    this.#leave();
    return items;
  }

  #object(): PyObject {
    this.#enter();
    const { text } = this;
    const plain: Record<string, PyJson> = {};
    let ordered: Map<string, PyJson> | undefined;
    let crowd: KeyCrowd | undefined;
    this.#skipSpace();
    if (text.charCodeAt(this.#at) !== 0x7d) {
      for (;;) {
        if (text.charCodeAt(this.#at) !== 0x22) {
          this.#fail("Expecting property name enclosed in double quotes", this.#at);
        }
        const key = this.#string();
        this.#skipSpace();
        if (text.charCodeAt(this.#at) !== 0x3a) this.#fail("Expecting ':' delimiter", this.#at);
        this.#at++;
        this.#skipSpace();
        const value = this.#value();
        if (isUnorderedKey(key)) {
          ordered ??= new Map(Object.entries(plain));
          if (this.watch !== undefined) (crowd ??= new this.watch()).add(key);
        }
        if (ordered === undefined) plain[key] = value;
        else ordered.set(key, value);
        this.#skipSpace();
        const code = text.charCodeAt(this.#at);
        if (code === 0x7d) break;
        if (code !== 0x2c) this.#fail("Expecting ',' delimiter", this.#at);
        this.#at++;
        this.#skipSpace();
      }
    }
    this.#leave();
    return ordered ?? plain;
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

  #enter(): void {
    this.#at++;
    if (++this.#depth > MAX_NESTING) {
      throw new PyJsonLimitError("maximum recursion depth exceeded");
    }
  }

  #leave(): void {
    this.#at++;
    this.#depth--;
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
