import { getLogger } from "@logtape/logtape";
import { messageOf } from "../kernel/errors.ts";
import { SEGMENT_BYTES } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { mergeSegments } from "./merge.ts";

const logger = getLogger(["ledgerline", "log"]);

/**
 * Merges the small segments of one chain in the background, whenever this process has committed
 * enough of them. It only ever makes reading cheaper: when it fails, the next one does its work.
 */
export class Merger {
  readonly #store: Store;
  readonly #chain: string;
  readonly #when: { readonly every: number; readonly lag: number };
  readonly #stopped = new AbortController();
  #small = 0;
  #merging: Promise<void> | undefined;

  constructor(
    store: Store,
    chain: string,
    when: { readonly every: number; readonly lag: number },
  ) {
    this.#store = store;
    this.#chain = chain;
    this.#when = when;
  }

  /** Notes a commit of this process. */
  note(records: readonly Uint8Array[]): void {
    const [first] = records;
    if (records.length !== 1 || first === undefined || first.length > SEGMENT_BYTES / 2) return;
    if (++this.#small < this.#when.every || this.#merging !== undefined) return;
    this.#small = 0;
    this.#merging = this.#merge().finally(() => this.#merging = undefined);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#merging;
  }

  async #merge(): Promise<void> {
    try {
      await mergeSegments(this.#store, this.#chain, this.#stopped.signal, this.#when.lag);
    } catch (error) {
      logger.warn("segments of {chain} not merged: {error}", {
        chain: this.#chain,
        error: messageOf(error),
      });
    }
  }
}
