/**
 * What is wrong with a text that is no JSON, in the words of the parser that pydantic uses, such as
 * `expected ident at line 1 column 2`.
 */
export function jsonSyntaxError(text: string): string {
  // The two parsers differ in what they take; the place is that of the end.
  return jsonFlaw(text) ?? `expected value at ${placeOf(text, text.length)}`;
}

/** As {@linkcode jsonSyntaxError}; undefined for what that parser takes. */
export function jsonFlaw(text: string): string | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.document();
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxFlaw)) throw error;
    return `${error.message} at ${placeOf(text, error.at)}`;
  }
}

/** Whether a text that Python takes may be none to that parser: deep ones, and halves of characters. */
export function mayBeFlawed(text: string): boolean {
  return text.length > DEEPEST || text.includes("\\u");
}

class SyntaxFlaw extends Error {
  constructor(message: string, readonly at: number) {
    super(message);
  }
}

/** Lines and columns count from 1, columns in bytes; the end of the text is its last column. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at + 1);
  const line = before.split("\n").length - (text[at] === "\n" ? 1 : 0);
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const column = new TextEncoder().encode(text.slice(start, at)).length +
    (at < text.length ? 1 : 0);
  return `line ${line} column ${column}`;
}

const IDENTS: Readonly<Record<string, string>> = {
  n: "null",
  t: "true",
  f: "false",
  N: "NaN",
  I: "Infinity",
};
const NUMBER = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const SPACE = /[ \t\r\n]*/y;
const ESCAPES = '"\\/bfnrt';
const DEEPEST = 200;
const LONE_HALF = "lone leading surrogate in hex escape";
const NO_SECOND_HALF = "unexpected end of hex escape";

class Scanner {
  #at = 0;
  constructor(readonly text: string) {}

  document(): void {
    this.#value(0);
    this.#space();
    if (this.#at < this.text.length) this.#fail("trailing characters");
  }

  #value(depth: number): void {
    this.#space();
    if (depth > DEEPEST) this.#fail("recursion limit exceeded");
    const character = this.#peek("EOF while parsing a value");
    if (character === "{") return this.#object(depth);
    if (character === "[") return this.#list(depth);
    if (character === '"') return this.#string();
    const ident = IDENTS[character];
    if (ident !== undefined) return this.#ident(ident);
    NUMBER.lastIndex = this.#at;
    const [number] = NUMBER.exec(this.text) ?? [];
    if (number !== undefined) this.#at += number.length;
    else if (character === "-") this.#fail("invalid number", this.#at + 1);
    else this.#fail("expected value");
  }

  #ident(ident: string): void {
    for (const letter of ident) {
      if (this.#at >= this.text.length) this.#fail("EOF while parsing a value");
      if (this.text[this.#at] !== letter) this.#fail("expected ident");
      this.#at++;
    }
  }

  #list(depth: number): void {
    this.#at++;
    if (this.#isNext("]", "EOF while parsing a list")) return;
    for (;;) {
      this.#value(depth + 1);
      if (this.#isNext("]", "EOF while parsing a list")) return;
      if (this.text[this.#at] !== ",") this.#fail("expected `,` or `]`");
      this.#at++;
      this.#space();
      if (this.text[this.#at] === "]") this.#fail("trailing comma");
    }
  }

  #object(depth: number): void {
    this.#at++;
    if (this.#isNext("}", "EOF while parsing an object")) return;
    for (;;) {
      if (this.text[this.#at] !== '"') this.#fail("key must be a string");
      this.#string();
      this.#space();
      if (this.#peek("EOF while parsing an object") !== ":") this.#fail("expected `:`");
      this.#at++;
      this.#value(depth + 1);
      if (this.#isNext("}", "EOF while parsing an object")) return;
      if (this.text[this.#at] !== ",") this.#fail("expected `,` or `}`");
      this.#at++;
      this.#space();
      if (this.#peek("EOF while parsing a value") === "}") this.#fail("trailing comma");
    }
  }

  #string(): void {
    for (this.#at++;; this.#at++) {
      const character = this.#peek("EOF while parsing a string");
      if (character === '"') break;
      if (character < " ") {
        this.#fail("control character (\\u0000-\\u001F) found while parsing a string");
      }
      if (character !== "\\") continue;
      this.#at++;
      const escape = this.#peek("EOF while parsing a string");
      if (escape === "u") this.#character();
      else if (!ESCAPES.includes(escape)) this.#fail("invalid escape");
    }
    this.#at++;
  }

  /** A character by its code, or the two halves of one, each of which is nothing alone. */
  #character(): void {
    const first = this.#hexadecimal();
    if (first >= 0xdc00 && first <= 0xdfff) this.#fail(LONE_HALF);
    if (first < 0xd800 || first > 0xdfff) return;
    this.#at++;
    if (this.#peek("EOF while parsing a string") !== "\\") this.#fail(NO_SECOND_HALF);
    this.#at++;
    if (this.#peek("EOF while parsing a string") !== "u") this.#fail(NO_SECOND_HALF);
    const second = this.#hexadecimal();
    if (second < 0xdc00 || second > 0xdfff) this.#fail(LONE_HALF);
  }

  #hexadecimal(): number {
    const start = this.#at + 1;
    for (let digit = 0; digit < 4; digit++) {
      this.#at++;
      if (!/[\da-fA-F]/.test(this.#peek("EOF while parsing a string"))) {
        this.#fail("invalid escape");
      }
    }
    return Number.parseInt(this.text.slice(start, this.#at + 1), 16);
  }

  /** Whether the next character closes a container, which is then passed. */
  #isNext(end: string, atEnd: string): boolean {
    this.#space();
    if (this.#peek(atEnd) !== end) return false;
    this.#at++;
    return true;
  }

  #peek(atEnd: string): string {
    return this.text[this.#at] ?? this.#fail(atEnd);
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.text)?.[0].length ?? 0;
  }

  #fail(message: string, at = this.#at): never {
    throw new SyntaxFlaw(message, at);
  }
}
