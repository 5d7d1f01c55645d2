import type { Notice } from "./backend.ts";

/** The longest wait between tries. */
export const LONGEST_WAIT_MS = 4_096;

/** The first step of `backoffMs`: waits of some tens of milliseconds. */
export const FIRST_WAIT = 6;

/** Tells once that a server is away, and once that it is back. */
export class Absence {
  readonly #origin: string;
  readonly #notice: Notice;
  #isTold = false;

  constructor(origin: string, notice: Notice) {
    this.#origin = origin;
    this.#notice = notice;
  }

  begins(): void {
    if (!this.#isTold) this.#notice(`${this.#origin} is away: waiting for it`);
    this.#isTold = true;
  }

  ends(): void {
    if (this.#isTold) this.#notice(`${this.#origin} is back`);
    this.#isTold = false;
  }
}
