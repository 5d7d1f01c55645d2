import type { Pace } from "../../kernel/turn.ts";

/** Characters of a text that the runtime's parser reads at once, in 3 ms at the most. */
const LONG = 64 * 1024;

/** What a token costs beside its characters, in characters. */
const TOKEN_COST = 32;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const ESCAPES = /(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})){1,100}/y;
// deno-lint-ignore no-control-regex -- JSON forbids exactly these inside a string
const NOT_PLAIN = /[\\\u0000-\u001f]/;

/**
 * Whether a text is JSON (RFC 8259), where `commas` are those of the array that it is: none for any
 * other value. A long one is read in parts, with turns of the event loop in between: an object of
 * 60,000 members held the thread for 28 ms.
 */
export async function isJsonText(
  text: string,
  commas: readonly number[],
  pace: Pace,
): Promise<boolean> {
  if (text.length <= LONG) return isParsed(text);
  if (commas.length === 0) return await new Check(text).isJson(pace);
  const end = text.lastIndexOf("]");
  if (/[^ \t\r\n]/.test(text.slice(end + 1))) return false;
  let from = text.indexOf("[") + 1;
  let to = from;
  // As many elements at a time as the runtime's parser may read at once.
  for (const comma of [...commas, end]) {
    const isFull = comma - from > LONG && to > from;
    if (isFull && !await areElements(text.slice(from, to), pace)) return false;
    if (isFull) from = to + 1;
    to = comma;
  }
  return await areElements(text.slice(from, to), pace);
}

async function areElements(text: string, pace: Pace): Promise<boolean> {
  if (text.length > LONG) return await new Check(text).isJson(pace);
  const turn = pace.spend(text.length);
  if (turn !== undefined) await turn;
  return text.trim() !== "" && isParsed(`[${text}]`);
}

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What may come next: `first` and `firstKey` also the end of what has just begun; `text` is a string's. */
type Next = "value" | "first" | "key" | "firstKey" | "colon" | "rest" | "text";

/** Reads a value a token at a time: the runtime's parser is faster, but makes all of it at once. */
class Check {
  readonly #text: string;
  #at = 0;
  #next: Next = "value";
  /** The ends of what is open, the innermost last. */
  readonly #ends: number[] = [];
  /** Of the string that is being read: the next quotation mark, and whether it is a key. */
  #quote = -1;
  #isKey = false;

  constructor(text: string) {
    this.#text = text;
  }

  async isJson(pace: Pace): Promise<boolean> {
    for (;;) {
      const from = this.#at;
      if (this.#next !== "text") this.#skipSpace();
      if (this.#at === this.#text.length) return this.#next === "rest" && this.#ends.length === 0;
      if (!this.#token(this.#text.charCodeAt(this.#at))) return false;
      const turn = pace.spend(this.#at - from + TOKEN_COST);
      if (turn !== undefined) await turn;
    }
  }

  /** Goes past the next token, which begins with `code`; false where it cannot stand there. */
  #token(code: number): boolean {
    switch (this.#next) {
      case "rest":
        return this.#rest(code);
      case "firstKey":
      case "key":
        if (this.#next === "firstKey" && code === CLOSE_OBJECT) return this.#close();
        return code === QUOTE && this.#beginString(true);
      case "colon":
        this.#at++;
        this.#next = "value";
        return code === COLON;
      case "text":
        return this.#string();
      case "first":
        return code === CLOSE_LIST ? this.#close() : this.#value(code);
      case "value":
        return this.#value(code);
    }
  }

  #rest(code: number): boolean {
    const end = this.#ends.at(-1);
    if (code === end) return this.#close();
    if (end === undefined || code !== COMMA) return false;
    this.#at++;
    this.#next = end === CLOSE_LIST ? "value" : "key";
    return true;
  }

  #value(code: number): boolean {
    this.#next = "rest";
    if (code === QUOTE) return this.#beginString(false);
    if (code === OPEN_OBJECT) return this.#open(CLOSE_OBJECT, "firstKey");
    if (code === OPEN_LIST) return this.#open(CLOSE_LIST, "first");
    return this.#matches(NUMBER) || this.#matches(WORD);
  }

  #open(end: number, next: Next): boolean {
    this.#at++;
    this.#ends.push(end);
    this.#next = next;
    return true;
  }

  #close(): boolean {
    this.#at++;
    this.#ends.pop();
    this.#next = "rest";
    return true;
  }

  #beginString(isKey: boolean): boolean {
    this.#at++;
    this.#isKey = isKey;
    this.#next = "text";
    return true;
  }

  /** Goes on to the end of a string, or past the next escapes in it. */
  #string(): boolean {
    // Searched for once, however many escapes there are before it; an escape may have held it.
    if (this.#quote < this.#at) this.#quote = this.#text.indexOf('"', this.#at);
    if (this.#quote < 0) return false;
    const odd = this.#text.slice(this.#at, this.#quote).search(NOT_PLAIN);
    if (odd >= 0) {
      this.#at += odd;
      return this.#matches(ESCAPES);
    }
    this.#at = this.#quote + 1;
    this.#next = this.#isKey ? "colon" : "rest";
    return true;
  }

  /** Goes past what a pattern matches here, if it does. */
  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
