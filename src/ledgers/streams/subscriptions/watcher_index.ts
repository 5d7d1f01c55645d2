import { isMatched } from "./glob.ts";
import type { Subscription } from "./state.ts";

/** Stands for the first segment of patterns that begin with a star. */
const ANY = "*";

/**
 * Finds the subscriptions of a stream: those with a cursor in it at once, and those whose pattern
 * matches it among the patterns that begin with the same segment, or with a star.
 */
export class WatcherIndex {
  /** Subscriptions by their lives, which links know them by. */
  readonly #lives = new Map<number, Subscription>();
  readonly #linked = new Map<string, Set<number>>();
  readonly #patterns = new Map<string, Set<number>>();

  add(subscription: Subscription): void {
    const { life } = subscription;
    const isKnown = this.#lives.has(life);
    this.#lives.set(life, subscription);
    const segment = segmentOf(subscription);
    if (!isKnown && segment !== undefined) addTo(this.#patterns, segment, life);
  }

  remove(subscription: Subscription): void {
    this.#lives.delete(subscription.life);
    const segment = segmentOf(subscription);
    if (segment !== undefined) removeFrom(this.#patterns, segment, subscription.life);
  }

  link(life: number, path: string): void {
    addTo(this.#linked, path, life);
  }

  unlink(life: number, path: string): void {
    removeFrom(this.#linked, path, life);
  }

  clear(): void {
    for (const map of [this.#lives, this.#linked, this.#patterns]) map.clear();
  }

  /** The ids of those with a cursor in a stream. */
  linked(path: string): readonly string[] {
    return this.#idsOf(this.#linked.get(path));
  }

  /** The ids of those whose pattern matches a stream. */
  matched(path: string): readonly string[] {
    const [first = ""] = path.split("/", 1);
    const lives = [...this.#patterns.get(first) ?? [], ...this.#patterns.get(ANY) ?? []];
    return this.#idsOf(lives.filter((life) => {
      const subscription = this.#lives.get(life);
      return subscription !== undefined && isMatched(subscription.config, path);
    }));
  }

  #idsOf(lives: Iterable<number> = []): readonly string[] {
    const ids: string[] = [];
    for (const life of lives) {
      const id = this.#lives.get(life)?.id;
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }
}

/** What streams of a subscription's pattern begin with; undefined where it has none. */
function segmentOf({ config: { pattern } }: Subscription): string | undefined {
  const segment = pattern?.split("/", 1)[0];
  return segment?.includes("*") === true ? ANY : segment;
}

function addTo<K>(map: Map<K, Set<number>>, key: K, value: number): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function removeFrom<K>(map: Map<K, Set<number>>, key: K, value: number): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}
