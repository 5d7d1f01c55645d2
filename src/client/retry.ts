/** Milliseconds that the first wait lasts at the most. */
const FIRST_MS = 100;

/** Milliseconds that any wait lasts at the most. */
const LAST_MS = 10_000;

/** The close code that asks to try again later, and the milliseconds that are waited then at least. */
const TRY_LATER = 1013;
const LATER_MS = 1_000;

/** Close codes of RFC 6455 and its registry after which coming back makes no sense. */
const FINAL = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);

/**
 * Whether a close code asks to come back. Of the server's own codes, from 4000 on, those that end
 * with 0 to 4 do.
 */
export function isWorthReturning(code: number): boolean {
  return code >= 4000 ? code % 10 < 5 : !FINAL.has(code);
}

/** Exponential backoff with full jitter: how long to wait before the next try. */
export class Backoff {
  readonly #firstMs: number;
  #failures = 0;

  constructor(firstMs = FIRST_MS) {
    this.#firstMs = firstMs;
  }

  /** Tries that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** The last try succeeded. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Milliseconds until the next try after a close code; `least` are those the server asked for. */
  next(code?: number, least = 0): number {
    const most = Math.min(LAST_MS, this.#firstMs * 2 ** Math.min(this.#failures++, 16));
    const asked = Math.max(least, code === TRY_LATER ? LATER_MS : 0);
    return asked + Math.random() * most;
  }
}
