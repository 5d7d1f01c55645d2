/** A request that makes no sense; its answer is `{"success":false,"message":…}`. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

/** Arguments of a request, of which the first counts where one is repeated. */
export class Arguments {
  readonly #params: URLSearchParams;

  constructor(params: URLSearchParams) {
    this.#params = params;
  }

  find(name: string): string | undefined {
    return this.#params.get(name) ?? undefined;
  }

  all(name: string): string[] {
    return this.#params.getAll(name);
  }

  /** Throws {@linkcode BadRequest} for the first of `names` that is missing. */
  required<const N extends string>(...names: readonly N[]): Record<N, string> {
    const found: Partial<Record<N, string>> = {};
    for (const name of names) {
      const value = this.find(name);
      if (value === undefined) throw new BadRequest(`Missing parameter: ${name}`);
      found[name] = value;
    }
    // Each of the names has its value now.
    return found as Record<N, string>;
  }
}

const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

/** A whole number as Python reads it; undefined where it is none, or larger than is of use. */
export function wholeNumberOf(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The argument of that name as a whole number. */
export function wholeNumber(name: string, text: string): number {
  const value = wholeNumberOf(text);
  if (value === undefined) {
    throw new BadRequest(`Invalid '${name}' parameter, expected an int`);
  }
  return value;
}

/** How many of a list are wanted, and never more than `most`. */
export function countOf(name: string, text: string, most: number): number {
  return Math.max(0, Math.min(wholeNumber(name, text), most));
}

/** A hash, in lower case. */
export function hashOf(text: string): string {
  if (!/^[\da-f]{64}$/i.test(text)) throw new BadRequest("Invalid hash");
  return text.toLowerCase();
}

/** Bytes in hexadecimal; undefined where they are none. */
export function bytesOf(hex: string): Uint8Array | undefined {
  return /^(?:[\da-f]{2})+$/i.test(hex) ? Uint8Array.fromHex(hex) : undefined;
}
