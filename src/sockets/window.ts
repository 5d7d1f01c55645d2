/** Marks that are kept until they are acknowledged, however large the window. */
const MOST_SENT = 1_000_000;

/** What a source asks of flow control. */
export interface Credit {
  /** Events that may be sent now. */
  readonly room: number;
  /** Events that were sent and are not acknowledged. */
  readonly open: number;
  /** Notes that the event at an offset was sent. */
  sent(offset: number): void;
}

/**
 * A flow control window: as many events may be sent as it holds that are not acknowledged. Events
 * are known by marks that grow, and an acknowledgement is cumulative. Where every mark is sent, two
 * numbers say it all; where marks have gaps, those sent are kept until they are acknowledged.
 */
export class Window implements Credit {
  #size: number;
  #acknowledged: number;
  #last: number;
  #sent: number[] | undefined;
  /** The first of them that is not acknowledged. */
  #first = 0;

  /** `last` is the mark that the first to be sent comes after. */
  constructor(size: number, last: number, hasGaps: boolean) {
    this.#size = hasGaps ? Math.min(size, MOST_SENT) : size;
    this.#acknowledged = this.#last = last;
    this.#sent = hasGaps ? [] : undefined;
  }

  /** The last mark that was sent. */
  get last(): number {
    return this.#last;
  }

  get open(): number {
    return this.#sent === undefined
      ? this.#last - this.#acknowledged
      : this.#sent.length - this.#first;
  }

  get room(): number {
    return this.#size - this.open;
  }

  sent(mark: number): void {
    this.#last = mark;
    this.#sent?.push(mark);
  }

  /** Takes an acknowledgement of everything up to a mark, and the window's size from now on. */
  acknowledge(mark: number, size = this.#size): void {
    this.#acknowledged = mark;
    this.#size = this.#sent === undefined ? size : Math.min(size, MOST_SENT);
    if (this.#sent === undefined) return;
    while ((this.#sent[this.#first] ?? Infinity) <= mark) this.#first++;
    // Given up in large parts: moving the rest for each would cost more than keeping it.
    if (this.#first * 2 < this.#sent.length) return;
    this.#sent = this.#sent.slice(this.#first);
    this.#first = 0;
  }
}
