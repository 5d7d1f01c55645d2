import {
  isKeyMap,
  isPyArray,
  keysOf,
  PyFloat,
  type PyJson,
  PyJsonWriteError,
  type PyObject,
} from "./json.ts";
import { canonicalFloatText, restFloatText } from "./float_text.ts";
import { sortByCodePoint } from "./code_points.ts";
import { sortedText } from "./json_sorted.ts";

/** How many containers orjson lets stand inside each other. */
export const MAX_CANONICAL_NESTING = 254;

const MAX_INTEGER = 2n ** 64n - 1n;
const MIN_INTEGER = -(2n ** 63n);

/** What tells the writers apart. */
export interface Style {
  readonly sorted: boolean;
  readonly floatText: (x: number) => string;
  readonly quote: (text: string) => string;
  /** Whether orjson's bounds on integers and depth hold. */
  readonly strict: boolean;
  readonly comma: string;
  readonly colon: string;
}

const COMPACT = { comma: ",", colon: ":" };
const CANONICAL: Style = {
  ...COMPACT,
  sorted: true,
  floatText: canonicalFloatText,
  quote: wellFormedQuote,
  strict: true,
};
const INSERTION: Style = { ...CANONICAL, sorted: false };
const REST: Style = {
  ...COMPACT,
  sorted: false,
  floatText: restFloatText,
  quote: rawQuote,
  strict: false,
};
const SORTED_REST: Style = {
  ...REST,
  sorted: true,
  // Such a value has been through orjson, which leaves null where a float was not finite.
  floatText: (x) => Number.isFinite(x) ? restFloatText(x) : "null",
};
const RAPID: Style = { ...REST, sorted: true, quote: upperHexQuote };
const SORTED_ASCII: Style = { ...REST, sorted: true, quote: asciiQuote };
const SPACED_ASCII: Style = { ...REST, quote: asciiQuote, comma: ", ", colon: ": " };

/** Each by the name of its writer; `part` is of what becomes part of a `rest`. */
export const STYLES = {
  canonical: CANONICAL,
  insertion: INSERTION,
  rest: REST,
  part: REST,
  sortedRest: SORTED_REST,
  rapid: RAPID,
  sortedAscii: SORTED_ASCII,
  spacedAscii: SPACED_ASCII,
};

/**
 * The text HieraChain 0.2.0 hashes: orjson with OPT_SORT_KEYS. No spaces, keys in code point
 * order, strings raw but for `"`, `\` and control characters, floats as
 * {@link canonicalFloatText} has them.
 *
 * @throws {PyJsonWriteError} an integer outside -2^63 to 2^64-1, a lone surrogate, or
 *   containers deeper than {@link MAX_CANONICAL_NESTING}
 */
export function writeCanonicalJson(value: PyJson): string {
  return write(value, CANONICAL, 0);
}

/**
 * As {@link writeCanonicalJson} with keys in insertion order: orjson without options, from which
 * event ids are made.
 */
export function writeInsertionJson(value: PyJson): string {
  return write(value, INSERTION, 0);
}

/**
 * The text of a REST response: Starlette's JSONResponse, keys in insertion order, floats as Python
 * prints them.
 *
 * @throws {PyJsonWriteError} NaN, an infinity or a lone surrogate
 */
export function writeRestJson(value: PyJson): string {
  return encodable(writePartOfRest(value));
}

/** As {@link writeRestJson}, for what becomes part of a text that is looked at as a whole: see `encodable`. */
export function writePartOfRest(value: PyJson): string {
  return write(value, REST, 0);
}

/**
 * As {@link writeRestJson} with keys sorted at every level and `null` for NaN and the infinities:
 * how a value comes out over REST once it has been in a block.
 */
export function writeSortedRestJson(value: PyJson): string {
  return encodable(write(value, SORTED_REST, 0));
}

/**
 * The text BigchainDB and Planetmint hash and sign: python-rapidjson with `sort_keys` and without
 * `ensure_ascii`. No spaces, keys in code point order, control characters as `\u001F` in upper
 * case, floats as Python prints them, integers of any size.
 *
 * @throws {PyJsonWriteError} NaN, an infinity or a lone surrogate
 */
export function writeRapidJson(value: PyJson): string {
  const text = sortedText(value);
  // What JSON.stringify escapes by number it writes in lower case, lone surrogates among it.
  return text === undefined || text.includes("\\u") ? write(value, RAPID, 0) : text;
}

/**
 * Flask's `jsonify`, without its last line feed: sorted keys, no spaces, nothing but ASCII.
 *
 * @throws {PyJsonWriteError} NaN or an infinity
 */
export function writeSortedAsciiJson(value: PyJson): string {
  const text = sortedText(value);
  return text === undefined || NOT_ASCII.test(text) ? write(value, SORTED_ASCII, 0) : text;
}

/**
 * Python's `json.dumps(value)`: keys in insertion order, `", "` and `": "`, nothing but ASCII.
 *
 * @throws {PyJsonWriteError} NaN or an infinity
 */
export function writeSpacedAsciiJson(value: PyJson): string {
  return write(value, SPACED_ASCII, 0);
}

/** Writes a value inside so many containers. Throws as the writer of its style does. */
export function write(value: PyJson, style: Style, depth: number): string {
  switch (typeof value) {
    case "string":
      return style.quote(value);
    case "number":
      if (!Number.isSafeInteger(value)) {
        throw new TypeError(`${value} is not an integer: a float must be a PyFloat`);
      }
      return `${value}`;
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      if (style.strict && (value > MAX_INTEGER || value < MIN_INTEGER)) {
        throw new PyJsonWriteError("Integer exceeds 64-bit range");
      }
      return value.toString();
  }
  if (value === null) return "null";
  if (value instanceof PyFloat) return style.floatText(value.value);
  if (style.strict && depth >= MAX_CANONICAL_NESTING) {
    throw new PyJsonWriteError("Recursion limit reached");
  }
  return isPyArray(value)
    ? writeArray(value, style, depth + 1)
    : writeObject(value, style, depth + 1);
}

function writeArray(items: readonly PyJson[], style: Style, depth: number): string {
  return `[${items.map((item) => write(item, style, depth)).join(style.comma)}]`;
}

function writeObject(object: PyObject, style: Style, depth: number): string {
  const keys = keysOf(object);
  if (style.sorted) sortByCodePoint(keys);
  const map = isKeyMap(object) ? object : undefined;
  // Each key is the object's own, so it has a value.
  const record = object as Record<string, PyJson>;
  let out = "";
  for (const key of keys) {
    const value = (map === undefined ? record[key] : map.get(key)) as PyJson;
    const text = `${style.quote(key)}${style.colon}${write(value, style, depth)}`;
    out = out === "" ? text : `${out}${style.comma}${text}`;
  }
  return `{${out}}`;
}

// deno-lint-ignore no-control-regex -- the characters JSON has to escape
const NOT_PLAIN = /["\\\u0000-\u001f\ud800-\udfff]/;

function wellFormedQuote(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  if (text.isWellFormed()) return JSON.stringify(text);
  throw new PyJsonWriteError("str is not valid UTF-8: surrogates not allowed");
}

function upperHexQuote(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  return wellFormedQuote(text).replace(
    /\\(?:u(00[01][0-9a-f])|.)/g,
    (escape, hex?: string) => hex === undefined ? escape : `\\u${hex.toUpperCase()}`,
  );
}

/** What Python's ensure_ascii escapes and JSON.stringify does not. */
const NOT_ASCII = /[\u007f-\uffff]/;

// deno-lint-ignore no-control-regex -- everything Python's ensure_ascii escapes
const NOT_PLAIN_ASCII = /["\\\u0000-\u001f\u007f-\uffff]/;

function asciiQuote(text: string): string {
  if (!NOT_PLAIN_ASCII.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function rawQuote(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  if (text.isWellFormed()) return JSON.stringify(text);
  // JSON.stringify escapes lone surrogates; put back raw, `encodable` finds them in the whole text.
  return JSON.stringify(text).replace(
    /\\(?:u(d[89a-f][0-9a-f]{2})|.)/g,
    (escape, hex?: string) =>
      hex === undefined ? escape : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** `text`, or Python's complaint about the first lone surrogates in it. */
export function encodable(text: string): string {
  if (text.isWellFormed()) return text;
  const found = /[\ud800-\udfff]+/u.exec(text);
  if (found === null) return text;
  const start = [...text.slice(0, found.index)].length;
  const length = found[0].length;
  const what = length === 1
    ? `character '\\u${found[0].charCodeAt(0).toString(16)}' in position ${start}`
    : `characters in position ${start}-${start + length - 1}`;
  throw new PyJsonWriteError(`'utf-8' codec can't encode ${what}: surrogates not allowed`);
}
