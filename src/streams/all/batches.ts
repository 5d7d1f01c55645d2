import { isDamage } from "../../kernel/errors.ts";
import { offsetGone } from "../../log/base.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import type { Log } from "../../log/log.ts";
import { Recent } from "./recent.ts";

/** Bytes of records that are held of chains that are being read, together. */
const HELD_BYTES = 16 * 1024 * 1024;

/** Pages that are held of one chain: readers at several places must not drive each other's out. */
const PAGES_OF_CHAIN = 8;

/** Consecutive batches of a chain. */
interface HeldPage {
  readonly epoch: string;
  readonly batches: readonly EventBatch[];
  readonly bytes: number;
}

/**
 * The batches of all chains, for whoever reads them in the order of all: what is recent from memory,
 * what is older a page at a time, of which the last ones of each chain are held, since the next entry
 * of the chain goes on in one of them.
 */
export class Batches {
  readonly recent = new Recent();
  readonly #log: Log;
  /** By chain; those used last at the end. */
  readonly #held = new Map<string, readonly HeldPage[]>();
  readonly #reading = new Map<string, Promise<EventBatch | undefined>>();
  #bytes = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * The batch that holds an offset; undefined where that life of the chain is over. Rejects with
   * `damaged`, or what the store says.
   */
  at(
    chain: string,
    epoch: string,
    offset: number,
  ): EventBatch | Promise<EventBatch | undefined> {
    const recent = this.recent.at(chain, epoch, offset);
    if (recent !== undefined) return recent;
    const held = this.#held.get(chain) ?? [];
    for (const page of held) {
      const found = page.epoch === epoch ? holding(page.batches, offset) : undefined;
      if (found === undefined) continue;
      this.#held.delete(chain);
      this.#held.set(
        chain,
        page === held.at(-1) ? held : [...held.filter((p) => p !== page), page],
      );
      return found;
    }
    const name = `${epoch}:${offset}:${chain}`;
    const reading = this.#reading.get(name) ??
      this.#read(chain, epoch, offset).finally(() => this.#reading.delete(name));
    this.#reading.set(name, reading);
    return reading;
  }

  /** Whether that life of a chain is over, as after it was taken away: then nothing of it is missing. */
  async isOver(chain: string, epoch: string): Promise<boolean> {
    try {
      return (await this.#log.chain(chain).head())?.epoch !== epoch;
    } catch (error) {
      if (isDamage(error)) return false;
      throw error;
    }
  }

  async #read(chain: string, epoch: string, offset: number): Promise<EventBatch | undefined> {
    const batches = await this.#log.chain(chain).page(offset, epoch);
    if (batches === undefined) return undefined;
    this.#hold(chain, epoch, batches);
    const [batch] = batches;
    // The rest of what is asked for begins there.
    if (batch !== undefined && batch.first > offset) throw offsetGone(chain, offset, batch.first);
    return holding(batches, offset);
  }

  #hold(chain: string, epoch: string, batches: readonly EventBatch[]): void {
    const bytes = batches.reduce((sum, { record }) => sum + record.length, 0);
    const held = this.#held.get(chain) ?? [];
    this.#held.delete(chain);
    this.#held.set(chain, [...held, { epoch, batches, bytes }]);
    this.#bytes += bytes;
    if (held.length >= PAGES_OF_CHAIN) this.#letGo(chain);
    for (const oldest of this.#held.keys()) {
      while (this.#bytes > HELD_BYTES && this.#held.has(oldest)) this.#letGo(oldest);
      if (this.#bytes <= HELD_BYTES) return;
    }
  }

  /** Gives up the page of a chain that was used longest ago. */
  #letGo(chain: string): void {
    const [first, ...rest] = this.#held.get(chain) ?? [];
    this.#bytes -= first?.bytes ?? 0;
    if (rest.length === 0) this.#held.delete(chain);
    else this.#held.set(chain, rest);
  }

  /** Holds nothing any more: nobody reads. */
  clear(): void {
    this.recent.clear();
    this.#held.clear();
    this.#bytes = 0;
  }
}

function holding(batches: readonly EventBatch[], offset: number): EventBatch | undefined {
  const batch = batches.find(({ next }) => next > offset);
  return batch !== undefined && batch.first <= offset ? batch : undefined;
}
