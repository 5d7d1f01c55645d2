import type { EventBatch } from "../../log/event_batch.ts";
import type { Head } from "../../log/head.ts";
import type { Committed } from "../../log/committed.ts";

/** Records, and bytes of them, that are kept. */
const MOST_RECORDS = 8_192;
const MOST_BYTES = 8 * 1024 * 1024;

interface RecentChain {
  readonly epoch: string;
  readonly records: Committed[];
}

/**
 * What was committed to any chain a moment ago, by this process: whoever reads all chains, and is at
 * their end, reads nothing from the store.
 */
export class Recent {
  readonly #chains = new Map<string, RecentChain>();
  /** The chains of the records, oldest first; `#skipped` of them are gone. */
  #order: string[] = [];
  #skipped = 0;
  #bytes = 0;

  add(chain: string, { epoch }: Head, records: readonly Committed[]): void {
    const known = this.#chains.get(chain);
    if (known !== undefined && known.epoch !== epoch) this.clear();
    const recent = this.#chains.get(chain) ?? { epoch, records: [] };
    this.#chains.set(chain, recent);
    for (const record of records) {
      recent.records.push(record);
      this.#order.push(chain);
      this.#bytes += record.bytes.length;
    }
    this.#trim();
  }

  /** The batch that holds an offset. */
  at(chain: string, epoch: string, offset: number): EventBatch | undefined {
    const known = this.#chains.get(chain);
    if (known?.epoch !== epoch) return undefined;
    const batch = known.records.findLast(({ first }) => first <= offset)?.batch();
    return batch !== undefined && offset < batch.next ? batch : undefined;
  }

  clear(): void {
    this.#chains.clear();
    this.#order = [];
    this.#skipped = this.#bytes = 0;
  }

  #trim(): void {
    while (this.#order.length - this.#skipped > MOST_RECORDS || this.#bytes > MOST_BYTES) {
      const chain = this.#order[this.#skipped++] ?? "";
      const oldest = this.#chains.get(chain)?.records.shift();
      this.#bytes -= oldest?.bytes.length ?? 0;
      if (this.#chains.get(chain)?.records.length === 0) this.#chains.delete(chain);
    }
    // The front is cut off now and then, not at every commit.
    if (this.#skipped < MOST_RECORDS) return;
    this.#order = this.#order.slice(this.#skipped);
    this.#skipped = 0;
  }
}
