/**
 * JSON that knows how its numbers were written: a hash is made of the text, where 5 and 5.0 are not
 * the same, and `JSON.parse` would not tell them apart.
 */
export type SpelledJson =
  | string
  | boolean
  | null
  | SpelledNumber
  | readonly SpelledJson[]
  | ReadonlyMap<string, SpelledJson>;

/** A number as it was written. */
export class SpelledNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;

/** Parses JSON that a server has sent. Throws SyntaxError for what is none. */
export function parseSpelled(text: string): SpelledJson {
  const parser = new SpelledParser(text);
  const value = parser.value();
  parser.end();
  return value;
}

class SpelledParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): SpelledJson {
    this.#take(SPACE);
    const character = this.#text[this.#at];
    const value = character === "{"
      ? this.#object()
      : character === "["
      ? this.#list()
      : character === '"'
      ? this.#string()
      : this.#word();
    this.#take(SPACE);
    return value;
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#flaw();
  }

  #object(): ReadonlyMap<string, SpelledJson> {
    const members = new Map<string, SpelledJson>();
    this.#at++;
    this.#take(SPACE);
    while (!this.#skip("}")) {
      if (members.size > 0) this.#expect(",");
      this.#take(SPACE);
      const name = this.#string();
      this.#take(SPACE);
      this.#expect(":");
      members.set(name, this.value());
    }
    return members;
  }

  #list(): readonly SpelledJson[] {
    const items: SpelledJson[] = [];
    this.#at++;
    this.#take(SPACE);
    while (!this.#skip("]")) {
      if (items.length > 0) this.#expect(",");
      items.push(this.value());
    }
    return items;
  }

  #string(): string {
    const text = this.#take(STRING);
    if (text === "") throw this.#flaw();
    return JSON.parse(text);
  }

  #word(): SpelledJson {
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (this.#skip(word)) return value;
    }
    const text = this.#take(NUMBER);
    if (text === "") throw this.#flaw();
    return new SpelledNumber(text);
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw this.#flaw();
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #flaw(): SyntaxError {
    return new SyntaxError(`This is no JSON from character ${this.#at} on`);
  }
}
