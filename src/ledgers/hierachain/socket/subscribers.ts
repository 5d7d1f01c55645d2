import { type Owner, SOLE_OWNER } from "../../../web/owner.ts";

/** Counts subscriptions by chain and by event type, for `/ws/status` and `get_stats`. */
export class Subscribers {
  #connections = 0;
  readonly #chains = new Map<string, number>();
  readonly #eventTypes = new Map<string, number>();
  readonly #limit: number;
  readonly #all: () => Promise<readonly Counted[]>;

  /** `limit` is how many connections there may be; `owner` is asked for those that are elsewhere. */
  constructor(limit: number, owner: Owner = SOLE_OWNER) {
    this.#limit = limit;
    this.#all = owner.survey("hierachain/subscribers", () => ({
      connections: this.#connections,
      chains: [...this.#chains],
      eventTypes: [...this.#eventTypes.keys()],
    }));
  }

  connected(): void {
    this.#connections++;
  }

  disconnected(): void {
    this.#connections--;
  }

  /** Counts a connection that subscribes to a chain; the returned function takes it back, once. */
  join(chain: string): () => void {
    return count(this.#chains, chain);
  }

  /** Counts a connection that subscribes to a type of events, by its key. */
  joinType(key: string): () => void {
    return count(this.#eventTypes, key);
  }

  /** The counts as hierachain 0.2.0 answers them, naming the chains that `isShown` lets through. */
  async stats(isShown: (chain: string) => boolean): Promise<Stats> {
    const all = await this.#all();
    const chains = new Map<string, number>();
    for (const [chain, count] of all.flatMap((each) => each.chains)) {
      if (isShown(chain)) chains.set(chain, (chains.get(chain) ?? 0) + count);
    }
    return {
      total_connections: all.reduce((sum, { connections }) => sum + connections, 0),
      max_connections: this.#limit,
      chains: Object.fromEntries(chains),
      event_types_count: new Set(all.flatMap(({ eventTypes }) => eventTypes)).size,
    };
  }
}

/** What one part of the server has counted. */
interface Counted {
  readonly connections: number;
  readonly chains: readonly (readonly [chain: string, count: number])[];
  readonly eventTypes: readonly string[];
}

/** The original's form of the counts. */
export interface Stats {
  readonly total_connections: number;
  readonly max_connections: number;
  readonly chains: Readonly<Record<string, number>>;
  readonly event_types_count: number;
}

/** Most names that are counted: clients choose them, and an answer lists all. */
const MOST_NAMES = 1_000;

function count(counts: Map<string, number>, name: string): () => void {
  const before = counts.get(name);
  if (before === undefined && counts.size >= MOST_NAMES) return () => {};
  counts.set(name, (before ?? 0) + 1);
  let isCounted = true;
  return () => {
    if (!isCounted) return;
    isCounted = false;
    const left = (counts.get(name) ?? 1) - 1;
    if (left === 0) counts.delete(name);
    else counts.set(name, left);
  };
}
