/** Counts subscriptions by chain and by event type, for `/ws/status` and `get_stats`. */
export class Subscribers {
  #connections = 0;
  readonly #chains = new Map<string, number>();
  readonly #eventTypes = new Map<string, number>();
  readonly #limit: number;

  /** `limit` is how many connections there may be. */
  constructor(limit: number) {
    this.#limit = limit;
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
  stats(isShown: (chain: string) => boolean): Stats {
    return {
      total_connections: this.#connections,
      max_connections: this.#limit,
      chains: Object.fromEntries([...this.#chains].filter(([chain]) => isShown(chain))),
      event_types_count: this.#eventTypes.size,
    };
  }
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
