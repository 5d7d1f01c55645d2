import type { EventBatch } from "../../log/event_batch.ts";
import type { Log } from "../../log/log.ts";
import { Recent } from "./recent.ts";

/** Bytes of records that are held of chains that are being read, together. */
const HELD_BYTES = 16 * 1024 * 1024;

/** Consecutive batches of a chain. */
interface HeldPage {
  readonly epoch: string;
  readonly batches: readonly EventBatch[];
  readonly bytes: number;
}

/**
 * The batches of all chains, for whoever reads them in the order of all: what is recent from memory,
 * what is older a page at a time, of which the last of each chain is held, since the next entry of the
 * chain goes on in it.
 */
export class Batches {
  readonly recent = new Recent();
  readonly #log: Log;
  /** Those used last at the end. */
  readonly #held = new Map<string, HeldPage>();
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
    const held = this.#held.get(chain);
    const found = held?.epoch === epoch ? holding(held.batches, offset) : undefined;
    if (held !== undefined && found !== undefined) {
      this.#held.delete(chain);
      this.#held.set(chain, held);
      return found;
    }
    const name = `${epoch}:${offset}:${chain}`;
    const reading = this.#reading.get(name) ??
      this.#read(chain, epoch, offset).finally(() => this.#reading.delete(name));
    this.#reading.set(name, reading);
    return reading;
  }

  async #read(chain: string, epoch: string, offset: number): Promise<EventBatch | undefined> {
    const batches = await this.#log.chain(chain).page(offset, epoch);
    if (batches === undefined) return undefined;
    this.#hold(chain, epoch, batches);
    return holding(batches, offset);
  }

  #hold(chain: string, epoch: string, batches: readonly EventBatch[]): void {
    this.#letGo(chain);
    const bytes = batches.reduce((sum, { record }) => sum + record.length, 0);
    this.#held.set(chain, { epoch, batches, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= HELD_BYTES || oldest === chain) return;
      this.#letGo(oldest);
    }
  }

  #letGo(chain: string): void {
    this.#bytes -= this.#held.get(chain)?.bytes ?? 0;
    this.#held.delete(chain);
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
