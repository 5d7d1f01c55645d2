import { atOnce, type Steps } from "../kernel/steps.ts";
import type { PyJson } from "./json.ts";
import { Decoder, KeyCrowd, MAX_NESTING } from "./json_decoder.ts";

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
  return atOnce(new Decoder(text, watch).document());
}

/**
 * As {@linkcode parsePyJson}, a step at a time where the text is long: the runtime's own parser, which
 * is faster, would hold the thread for 30 ms.
 */
export function* parsingPyJson(text: string): Steps<PyJson> {
  if (text.length <= LONG) return parsePyJson(text);
  return yield* new Decoder(text, KeyCrowd).document();
}

/** As {@linkcode parseStoredJson}, a step at a time where the text is long. */
export function* parsingStoredJson(text: string): Steps<PyJson> {
  if (text.length <= LONG) return parseStoredJson(text);
  return yield* new Decoder(text, undefined).document();
}

/** Characters of a text that are parsed in a turn of the event loop, in 2 ms at the most. */
const LONG = 64 * 1024;

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
