import { TAIL_BYTES, TAIL_EVENTS } from "../kernel/limits.ts";
import type { EventBatch } from "./event_batch.ts";

/** The last batches of a chain that are in memory, one after another, as many as a tail keeps. */
export class RecentBatches {
  /** Offset after the last of them. */
  next = 0;
  /** `#skipped` of them at the front are dropped already. */
  #batches: EventBatch[] = [];
  #skipped = 0;
  #bytes = 0;

  /** Goes on at an offset with none. */
  clear(next: number): void {
    this.next = next;
    this.#batches = [];
    this.#skipped = this.#bytes = 0;
  }

  /** Adds those that follow. */
  add(batches: readonly EventBatch[]): void {
    for (const batch of batches) {
      this.#batches.push(batch);
      this.#bytes += batch.record.length;
      this.next = batch.next;
    }
    this.#trim();
  }

  /** The one that holds `offset`; undefined where it is older, or not there yet. */
  at(offset: number): EventBatch | undefined {
    let low = this.#skipped;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const batch = this.#batches[middle];
      if (batch === undefined || batch.next > offset) high = middle;
      else low = middle + 1;
    }
    const batch = this.#batches[low];
    return batch !== undefined && batch.first <= offset ? batch : undefined;
  }

  #trim(): void {
    for (;;) {
      const oldest = this.#batches[this.#skipped];
      if (oldest === undefined || this.#batches.length - this.#skipped === 1) break;
      if (this.#bytes <= TAIL_BYTES && this.next - oldest.first <= TAIL_EVENTS) break;
      this.#bytes -= oldest.record.length;
      this.#skipped++;
    }
    // The dropped front is cut off now and then, not at every commit.
    if (this.#skipped > 64 && this.#skipped * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#skipped);
      this.#skipped = 0;
    }
  }
}
