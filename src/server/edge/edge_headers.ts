import type { IncomingMessage } from "node:http";

/**
 * The `Headers` of a request, looked up where `node:http` has put them: routes ask for a few of them
 * one by one. A real one is made for whoever wants all. It is one to `instanceof`.
 */
class EdgeHeaders {
  readonly #raw: readonly string[];
  #real: Headers | undefined;

  /** Names and values by turns. */
  get raw(): readonly string[] {
    return this.#raw;
  }

  constructor(raw: readonly string[]) {
    this.#raw = raw;
  }

  get(name: string): string | null {
    const asked = name.toLowerCase();
    const raw = this.#raw;
    let found: string | null = null;
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const given = raw[at] ?? "";
      if (given.length !== asked.length || given.toLowerCase() !== asked) continue;
      const value = raw[at + 1] ?? "";
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  forEach(task: (value: string, name: string, headers: Headers) => void): void {
    this.#all().forEach(task);
  }

  getSetCookie(): string[] {
    return this.#all().getSetCookie();
  }

  entries(): IterableIterator<[string, string]> {
    return this.#all().entries();
  }

  keys(): IterableIterator<string> {
    return this.#all().keys();
  }

  values(): IterableIterator<string> {
    return this.#all().values();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  #all(): Headers {
    return this.#real ??= headersOf(this.#raw);
  }
}

// For `instanceof`. What is missing above, such as `set`, throws: a request's headers are as they are.
Object.setPrototypeOf(EdgeHeaders.prototype, Headers.prototype);

/** The headers of a request. */
export function edgeHeaders({ rawHeaders, httpVersionMajor }: IncomingMessage): Headers {
  // HTTP/2 has pseudo-headers among them.
  if (httpVersionMajor > 1) return headersOf(rawHeaders);
  return headersOfRaw(rawHeaders);
}

/** Headers of names and values by turns. */
export function headersOfRaw(raw: readonly string[]): Headers {
  // `Headers` by its prototype, which the type checker does not see.
  return new EdgeHeaders(raw) as unknown as Headers;
}

/** The names and values of headers by turns. */
export function rawOfHeaders(headers: Headers): readonly string[] {
  return headers instanceof EdgeHeaders ? headers.raw : [...headers].flat();
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    const value = raw[at + 1] ?? "";
    // HTTP/2 has the host in a pseudo-header.
    if (name === ":authority") headers.set("host", value);
    else if (!name.startsWith(":")) headers.append(name, value);
  }
  return headers;
}
