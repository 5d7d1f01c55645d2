import type { Committed } from "./committed.ts";
import type { EventBatch } from "./event_batch.ts";
import type { Head } from "./head.ts";

/** Hears of a commit: its chain, the head that it has made, and what it has added. */
export type CommitListener = (
  chain: string,
  head: Head,
  records: readonly Committed[],
) => void;

/** Who hears of the commits of all chains of a log. */
export class CommitListeners {
  readonly #listeners = new Set<CommitListener>();
  readonly #turned: (isAny: boolean) => void;

  /** `turned` hears when there is the first of them, and when there is none any more. */
  constructor(turned: (isAny: boolean) => void) {
    this.#turned = turned;
  }

  get isAny(): boolean {
    return this.#listeners.size > 0;
  }

  /** Adds one, until the function that is returned is called. */
  add(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#turned(true);
    return () => {
      if (this.#listeners.delete(listener) && !this.isAny) this.#turned(false);
    };
  }

  /** Tells all of them; returns what was added with each batch made once, for whoever asks. */
  tell(chain: string, head: Head, records: readonly Committed[]): readonly Committed[] {
    if (!this.isAny) return records;
    const shared = records.map(sharedBatch);
    for (const listener of this.#listeners) listener(chain, head, shared);
    return shared;
  }
}

function sharedBatch(record: Committed): Committed {
  let made: EventBatch | undefined;
  const { first, bytes } = record;
  return { first, bytes, batch: () => made ??= record.batch() };
}
