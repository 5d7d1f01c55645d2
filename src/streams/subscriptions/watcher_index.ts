import { matchesGlob } from "../chain/glob.ts";
import type { Link, Subscription } from "./state.ts";

/** The cursors in one stream; equal ones share one object (flyweights). */
interface Linked {
  readonly path: string;
  readonly link: Link;
  readonly lives: Set<number>;
}

/** Subscriptions by their patterns, by the path that those have before their first star. */
type Patterns = Map<string, Map<string, Set<number>>>;

/**
 * Finds the subscriptions of a stream: those with a cursor in it at once, and those whose pattern
 * matches it among the patterns that begin as its path does. A pattern that many have is held
 * against the path once.
 */
export class WatcherIndex {
  /** Subscriptions by their lives, which links know them by. */
  readonly #lives = new Map<number, Subscription>();
  /** Those with a cursor in a stream, by its path. */
  readonly #linked = new Map<string, Linked>();
  readonly #patterns: Patterns = new Map();

  add(subscription: Subscription): void {
    const { life, config: { pattern } } = subscription;
    const isKnown = this.#lives.has(life);
    this.#lives.set(life, subscription);
    if (isKnown || pattern === null) return;
    const beginning = beginningOf(pattern);
    const patterns = this.#patterns.get(beginning) ?? new Map<string, Set<number>>();
    this.#patterns.set(beginning, patterns);
    addTo(patterns, pattern, life);
  }

  remove({ life, config: { pattern } }: Subscription): void {
    this.#lives.delete(life);
    if (pattern === null) return;
    const beginning = beginningOf(pattern);
    const patterns = this.#patterns.get(beginning);
    if (patterns === undefined) return;
    removeFrom(patterns, pattern, life);
    if (patterns.size === 0) this.#patterns.delete(beginning);
  }

  /** Notes a cursor; returns its path and itself as others have them, too, where they are equal. */
  link(life: number, path: string, link: Link): { readonly path: string; readonly link: Link } {
    const known = this.#linked.get(path);
    if (known === undefined) {
      const linked = { path, link, lives: new Set([life]) };
      this.#linked.set(path, linked);
      return linked;
    }
    known.lives.add(life);
    const isSame = known.link.acked === link.acked && known.link.isExplicit === link.isExplicit;
    return isSame ? known : { path: known.path, link };
  }

  unlink(life: number, path: string): void {
    const known = this.#linked.get(path);
    known?.lives.delete(life);
    if (known?.lives.size === 0) this.#linked.delete(path);
  }

  clear(): void {
    for (const map of [this.#lives, this.#linked, this.#patterns]) map.clear();
  }

  /** The id that a life has. */
  idOf(life: number): string | undefined {
    return this.#lives.get(life)?.id;
  }

  /** The streams that anybody has a cursor in. */
  paths(): Iterable<string> {
    return this.#linked.keys();
  }

  /** Whether anybody has a cursor in a stream. */
  isLinked(path: string): boolean {
    return this.#linked.has(path);
  }

  /** The ids of those with a cursor in a stream. */
  linked(path: string): readonly string[] {
    return this.#idsOf(this.#linked.get(path)?.lives);
  }

  /** The ids of those whose pattern matches a stream. Never of one whose own wake stream it is. */
  matched(path: string): readonly string[] {
    const ids: string[] = [];
    for (const beginning of beginningsOf(path)) {
      for (const [pattern, lives] of this.#patterns.get(beginning) ?? []) {
        if (!matchesGlob(pattern, path)) continue;
        for (const life of lives) {
          const subscription = this.#lives.get(life);
          if (subscription !== undefined && subscription.config.wakeStream !== path) {
            ids.push(subscription.id);
          }
        }
      }
    }
    return ids;
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

/** The whole segments of a pattern before its first star. */
function beginningOf(pattern: string): string {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern;
  const end = pattern.lastIndexOf("/", star);
  return end < 0 ? "" : pattern.slice(0, end);
}

/** Every path that a path lies below, and itself. */
function* beginningsOf(path: string): Generator<string> {
  yield "";
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) yield path.slice(0, at);
  yield path;
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
