import { getLogger } from "@logtape/logtape";
import { backoffMs } from "../../kv/retry.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { Pace } from "../../kernel/turn.ts";
import type { Chain } from "../../log/chain.ts";
import type { PlacedEvent } from "../../log/event.ts";
import type { RowKey } from "../../log/keys.ts";
import type { Rows, RowValue } from "../../log/projection.ts";
import { subscriptionProjection } from "./projection.ts";
import { type Link, LINKS, type Subscription, SUBSCRIPTIONS } from "./state.ts";
import { WatcherIndex } from "./watcher_index.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Rows read at once. */
const ROWS = 1_000;

/** Subscriptions that are told of in one turn of the event loop. */
const TOLD_PER_TURN = 64;

/** Streams whose watchers are remembered at the most. */
const REMEMBERED = 10_000;

/** What the book tells whoever acts on it. */
export interface BookListener {
  /** A subscription changed, or is gone. */
  changed(id: string): void;
  /** A cursor is new, moved, or gone. */
  moved(id: string, path: string): void;
  /** The book was read anew: anything may have changed. */
  loaded(): void;
}

/** The ids of subscriptions that want to hear of a stream. */
export interface Watchers {
  readonly linked: readonly string[];
  /** Those whose pattern matches it, and that have no cursor in it yet. */
  readonly unlinked: readonly string[];
}

const NOBODY: Watchers = { linked: [], unlinked: [] };

/**
 * All subscriptions with their links, in memory: the rows of their chain, kept up by following it.
 * It is a cache of the log, and a little behind it. Whoever appends to a stream asks it, so it has
 * to answer without the store.
 */
export class Book implements Rows {
  readonly #chain: Chain;
  readonly #clock: Clock;
  readonly #listener: BookListener;
  readonly #stopped: AbortSignal;
  #subscriptions = new Map<string, Subscription>();
  #links = new Map<number, Map<string, Link>>();
  readonly #index = new WatcherIndex();
  /** What {@linkcode watchers} found, until a link or a subscription comes or goes. */
  #found = new Map<string, Watchers>();
  #next = 0;
  #isLoaded = false;
  #linkCount = 0;
  #waiting: { readonly next: number; readonly resolve: () => void }[] = [];
  #following: Promise<void> | undefined;

  constructor(chain: Chain, clock: Clock, listener: BookListener, stopped: AbortSignal) {
    this.#chain = chain;
    this.#clock = clock;
    this.#listener = listener;
    this.#stopped = stopped;
  }

  /**
   * Reads the rows, and follows the chain from there on. Where they cannot be read that is said, and
   * tried again now and then: whatever is wrong with subscriptions, streams are served.
   */
  async open(): Promise<void> {
    await this.#load().catch((error: unknown) => {
      logger.error("cannot read subscriptions: {error}", { error: messageOf(error) });
    });
    this.#following = this.#follow();
  }

  /** Resolves once following has ended, which is after `stopped`. */
  async closed(): Promise<void> {
    await this.#following;
    for (const { resolve } of this.#waiting) resolve();
  }

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
    if (this.#found.size >= REMEMBERED) this.#found = new Map();
    this.#found.set(path, found);
    return found;
  }

  /** Whether any subscription has a cursor in a stream. */
  isLinked(path: string): boolean {
    return this.#index.isLinked(path);
  }

  /** Waits until everything that is in the chain now is in the book. */
  async reach(): Promise<void> {
    const next = (await this.#chain.head())?.next ?? 0;
    if (next <= this.#next || this.#stopped.aborted) return;
    await new Promise<void>((resolve) => this.#waiting.push({ next, resolve }));
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
      this.#subscriptions.set(subscription.id, subscription);
      this.#index.add(subscription);
      return;
    }
    const life = Number(name);
    const links = this.#links.get(life) ?? new Map<string, Link>();
    this.#links.set(life, links);
    const shared = this.#index.link(life, String(path), value as Link);
    if (!links.has(shared.path)) this.#linkCount++;
    links.set(shared.path, shared.link);
  }

  delete([kind, name, path]: RowKey): void {
    if (kind === SUBSCRIPTIONS[0]) {
      const subscription = this.#subscriptions.get(String(name));
      if (subscription === undefined) return;
      this.#subscriptions.delete(subscription.id);
      this.#index.remove(subscription);
      this.#dropLinks(subscription.life);
      return;
    }
    if (this.#links.get(Number(name))?.delete(String(path))) this.#linkCount--;
    this.#index.unlink(Number(name), String(path));
  }

  #dropLinks(life: number): void {
    const links = this.#links.get(life);
    for (const path of links?.keys() ?? []) this.#index.unlink(life, path);
    this.#linkCount -= links?.size ?? 0;
    this.#links.delete(life);
  }

  async #load(): Promise<void> {
    // What is committed between is met again as events, which set what they set once more.
    const next = (await this.#chain.head())?.next ?? 0;
    this.#subscriptions = new Map();
    this.#links = new Map();
    this.#linkCount = 0;
    this.#index.clear();
    this.#found = new Map();
    for (const prefix of [SUBSCRIPTIONS, LINKS]) {
      let from: RowKey | undefined;
      for (;;) {
        const rows = await this.#chain.rows(prefix, ROWS, { from });
        for (const { key, value } of rows) this.set(key, value);
        if (rows.length < ROWS) break;
        from = rows.at(-1)?.key;
      }
    }
    const lives = new Set([...this.#subscriptions.values()].map(({ life }) => life));
    for (const life of this.#links.keys()) if (!lives.has(life)) this.#dropLinks(life);
    this.#isLoaded = true;
    this.#moveTo(next);
    this.#listener.loaded();
  }

  async #follow(): Promise<void> {
    const pace = new Pace(TOLD_PER_TURN);
    for (let failures = 0; !this.#stopped.aborted; failures++) {
      try {
        if (!this.#isLoaded) await this.#load();
        const from = { at: "offset", offset: this.#next } as const;
        for await (const told of this.#chain.follow({ from, signal: this.#stopped })) {
          if (told.kind !== "event") continue;
          failures = 0;
          await this.#take(told.event);
          const turn = pace.spend(told.event.keys.length + 1);
          if (turn !== undefined) await turn;
        }
      } catch (error) {
        if (this.#stopped.aborted || isClosed(error)) return;
        logger.error("cannot follow subscriptions: {error}", { error: messageOf(error) });
        await sleep(this.#clock, backoffMs(failures + 6, 10_000, Math.random), this.#stopped);
        this.#isLoaded = false;
      }
    }
  }

  /** Brings the book up to an event. One that cannot be read is said so, and passed over. */
  async #take(event: PlacedEvent): Promise<void> {
    try {
      await subscriptionProjection.apply(event, this.#watched(event));
    } catch (error) {
      const { offset } = event;
      logger.error("cannot read event {offset} of the subscriptions: {error}", {
        offset,
        error: messageOf(error),
      });
    }
    this.#moveTo(event.offset + 1);
    for (const id of event.keys) this.#listener.changed(id);
  }

  /** The rows for one event: links that it touches are told of. */
  #watched({ type, keys }: PlacedEvent): Rows {
    if (type === "created" || type === "deleted") this.#found = new Map();
    const tell = ([kind, life, path]: RowKey) => {
      if (kind !== LINKS[0]) return;
      this.#found.delete(String(path));
      this.#listener.moved(this.#index.idOf(Number(life)) ?? keys[0] ?? "", String(path));
    };
    return {
      get: (key) => this.get(key),
      set: (key, value) => {
        this.set(key, value);
        tell(key);
      },
      delete: (key) => {
        this.delete(key);
        tell(key);
      },
    };
  }

  #moveTo(next: number): void {
    this.#next = next;
    const reached = this.#waiting.filter((one) => one.next <= next);
    if (reached.length === 0) return;
    this.#waiting = this.#waiting.filter((one) => one.next > next);
    for (const { resolve } of reached) resolve();
  }
}

/** Whether the log is closing: then there is nothing to go on with. */
function isClosed(error: unknown): boolean {
  return error instanceof LedgerError && error.code === "closed";
}
