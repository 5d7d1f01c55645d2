/** Ids that are kept until they are acknowledged, however large the window. */
const MOST_SENT = 1_000_000;

/**
 * Which events of a stream may be sent: as many as its window holds that are not acknowledged.
 * Without a filter every id is sent, so two numbers say it all; with one, the ids that were sent
 * are kept until they are acknowledged.
 */
export class EventWindow {
  readonly #sent: number[] | undefined;
  #size: number;
  #ack: number;
  #last: number;

  constructor(size: number, lastAck: number, isFiltered: boolean) {
    this.#size = isFiltered ? Math.min(size, MOST_SENT) : size;
    this.#ack = this.#last = lastAck;
    this.#sent = isFiltered ? [] : undefined;
  }

  /** The last event that was sent, or that the stream began after. */
  get last(): number {
    return this.#last;
  }

  /** Events that may be sent now. */
  get room(): number {
    return this.#size - (this.#sent?.length ?? this.#last - this.#ack);
  }

  /** Notes that an event was sent. */
  add(id: number): void {
    this.#last = id;
    this.#sent?.push(id);
  }

  /** Everything up to `id` is acknowledged; nothing is sent again. */
  acknowledge(id: number, size: number): void {
    this.#ack = id;
    this.#size = size;
    const sent = this.#sent;
    if (sent === undefined) return;
    this.#size = Math.min(size, MOST_SENT);
    const left = sent.findIndex((other) => other > id);
    sent.splice(0, left < 0 ? sent.length : left);
  }
}
