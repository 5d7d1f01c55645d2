import type { RowKey } from "../../log/keys.ts";
import type { Rows, RowValue } from "../../log/projection.ts";
import { type Link, type Subscription, SUBSCRIPTIONS } from "./state.ts";
import { WatcherIndex } from "./watcher_index.ts";

/** Streams whose watchers are cached at the most. */
const REMEMBERED = 10_000;

/** The ids of subscriptions that want to hear of a stream. */
export interface Watchers {
  readonly linked: readonly string[];
  /** Those whose pattern matches it, and that have no cursor in it yet. */
  readonly unlinked: readonly string[];
}

const NOBODY: Watchers = { linked: [], unlinked: [] };

/**
 * All subscriptions with their links, in memory: the rows of their chain. Whoever appends to a
 * stream asks it, so it answers without the store.
 */
export class Book implements Rows {
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #links = new Map<number, Map<string, Link>>();
  readonly #index = new WatcherIndex();
  /** What {@linkcode watchers} found, until a link or a subscription comes or goes. */
  #found = new Map<string, Watchers>();
  #linkCount = 0;

  get size(): number {
    return this.#subscriptions.size;
  }

  /** How many cursors all of them have. */
  get linkCount(): number {
    return this.#linkCount;
  }

  all(): Iterable<Subscription> {
    return this.#subscriptions.values();
  }

  /** The streams that anybody has a cursor in. */
  paths(): Iterable<string> {
    return this.#index.paths();
  }

  find(id: string): Subscription | undefined {
    return this.#subscriptions.get(id);
  }

  /** The id of the subscription that links know by its life. */
  idOf(life: number): string | undefined {
    return this.#index.idOf(life);
  }

  /** A subscription's links by path. */
  links({ life }: Subscription): ReadonlyMap<string, Link> {
    return this.#links.get(life) ?? new Map();
  }

  watchers(path: string): Watchers {
    if (this.#subscriptions.size === 0) return NOBODY;
    const remembered = this.#found.get(path);
    if (remembered !== undefined) return remembered;
    const linked = this.#index.linked(path);
    const known = new Set(linked);
    const unlinked = this.#index.matched(path).filter((id) => !known.has(id));
    const found = { linked, unlinked };
    if (this.#found.size >= REMEMBERED) this.#found.clear();
    this.#found.set(path, found);
    return found;
  }

  /** Whether any subscription has a cursor in a stream. */
  isLinked(path: string): boolean {
    return this.#index.isLinked(path);
  }

  get<T extends RowValue>([kind, name, path]: RowKey): T | undefined {
    // A subscription's row is under its id, a link's under a life and a path.
    return kind === SUBSCRIPTIONS[0]
      ? this.#subscriptions.get(String(name)) as T | undefined
      : this.#links.get(Number(name))?.get(String(path)) as T | undefined;
  }

  set([kind, name, path]: RowKey, value: RowValue): void {
    // Under each key is what the projection writes there.
    if (kind === SUBSCRIPTIONS[0]) {
      const subscription = value as Subscription;
      const { id, life } = subscription;
      if (this.#subscriptions.get(id)?.life !== life) this.#found.clear();
      this.#subscriptions.set(id, subscription);
      this.#index.add(subscription);
      return;
    }
    const life = Number(name);
    const links = this.#links.get(life) ?? new Map<string, Link>();
    this.#links.set(life, links);
    const shared = this.#index.link(life, String(path), value as Link);
    if (!links.has(shared.path)) this.#linkCount++;
    links.set(shared.path, shared.link);
    this.#found.delete(shared.path);
  }

  delete([kind, name, path]: RowKey): void {
    if (kind === SUBSCRIPTIONS[0]) {
      const subscription = this.#subscriptions.get(String(name));
      if (subscription === undefined) return;
      this.#subscriptions.delete(subscription.id);
      this.#index.remove(subscription);
      this.#dropLinks(subscription.life);
      this.#found.clear();
      return;
    }
    if (this.#links.get(Number(name))?.delete(String(path))) this.#linkCount--;
    this.#index.unlink(Number(name), String(path));
    this.#found.delete(String(path));
  }

  clear(): void {
    this.#subscriptions.clear();
    this.#links.clear();
    this.#linkCount = 0;
    this.#index.clear();
    this.#found.clear();
  }

  /** Forgets the links of subscriptions that are gone. */
  dropStrayLinks(): void {
    for (const life of this.#links.keys()) {
      if (this.#index.idOf(life) === undefined) this.#dropLinks(life);
    }
  }

  #dropLinks(life: number): void {
    const links = this.#links.get(life);
    for (const path of links?.keys() ?? []) this.#index.unlink(life, path);
    this.#linkCount -= links?.size ?? 0;
    this.#links.delete(life);
  }
}
