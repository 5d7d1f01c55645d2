import type { Notice } from "./backend.ts";

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
