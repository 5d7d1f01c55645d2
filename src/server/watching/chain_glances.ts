import { Pace } from "../../kernel/turn.ts";
import { firstOf } from "../../log/base.ts";
import type { Chain } from "../../log/chain.ts";
import type { Head } from "../../log/head.ts";

/** Bytes of a chain that one request reads to count its types. */
const READ_BYTES = 8 * 1024 * 1024;

/** Chains whose counts are kept, and types of one chain that are told apart. */
const MOST_CHAINS = 100;
const MOST_TYPES = 200;

/** How many events there are of each type, up to an offset. */
export interface TypeCounts {
  /** Offset of the first event that is not counted. */
  readonly counted: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Events of other types than those. */
  readonly others: number;
}

interface Count {
  /** The life of the chain that was counted. */
  readonly epoch: string;
  counted: number;
  readonly types: Map<string, number>;
  others: number;
  /** The last count, so that two do not count the same. */
  counting: Promise<void>;
}

/**
 * Counts events by their types when somebody asks: a part of the chain for each request, each from
 * where the last one came to. Nothing is counted while events are appended.
 */
export class ChainGlances {
  /** Those asked for last are at the end. */
  readonly #counts = new Map<string, Count>();

  /** The counts, after some more of the chain was read, up to a head. Throws `damaged`, and what the store says. */
  async types(chain: Chain, head: Head): Promise<TypeCounts> {
    const count = this.#countOf(chain.name, head.epoch);
    const counting = count.counting.then(() => more(chain, count, head));
    count.counting = counting.catch(() => {});
    await counting;
    const { counted, types, others } = count;
    return { counted, counts: Object.fromEntries(types), others };
  }

  #countOf(name: string, epoch: string): Count {
    const known = this.#counts.get(name);
    this.#counts.delete(name);
    const count = known?.epoch === epoch
      ? known
      : { epoch, counted: 0, types: new Map(), others: 0, counting: Promise.resolve() };
    this.#counts.set(name, count);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MOST_CHAINS) break;
      this.#counts.delete(oldest);
    }
    return count;
  }
}

async function more(chain: Chain, count: Count, head: Head): Promise<void> {
  count.counted = Math.max(count.counted, firstOf(head));
  if (count.counted >= head.next) return;
  const turns = Pace.ofSteps();
  for await (const { batches, free } of chain.stretch(count.counted, READ_BYTES)) {
    for (const batch of batches) {
      const turn = turns.spend(batch.count);
      if (turn !== undefined) await turn;
      // What has come meanwhile is no part of what the head tells.
      for (; count.counted < Math.min(batch.next, head.next); count.counted++) {
        add(count, batch.types[count.counted - batch.first] ?? "");
      }
    }
    free();
  }
}

function add(count: Count, type: string): void {
  const { types } = count;
  if (types.has(type) || types.size < MOST_TYPES) types.set(type, (types.get(type) ?? 0) + 1);
  else count.others++;
}
