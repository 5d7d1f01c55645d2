/**
 * How much of what was sent is not acknowledged yet. An acknowledgement is cumulative: it covers
 * every event up to its position.
 */
export class Window {
  readonly #size: number;
  /** Positions after each event that was sent, in order; those before `#first` are covered. */
  #sent: number[] = [];
  #first = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Events that may be sent now. */
  get room(): number {
    return this.#size - (this.#sent.length - this.#first);
  }

  /** Notes an event that was sent. */
  add(position: number): void {
    this.#sent.push(position);
  }

  /** Takes an acknowledgement of everything up to a position. */
  acknowledge(position: number): void {
    while ((this.#sent[this.#first] ?? Infinity) <= position) this.#first++;
    if (this.#first * 2 < this.#sent.length) return;
    this.#sent = this.#sent.slice(this.#first);
    this.#first = 0;
  }
}
