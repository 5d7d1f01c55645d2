import { getLogger } from "@logtape/logtape";
import { sleep } from "../../kernel/clock.ts";
import { sweepOn } from "../../kernel/sweeps.ts";
import { isDamage, messageOf } from "../../kernel/errors.ts";
import { type Layout, layoutOf } from "../chain/layout.ts";
import { presenceOf } from "../chain/state.ts";
import { allStreams } from "../chain/all_streams.ts";
import type { Book } from "./book.ts";
import { BookFollower, type BookListener } from "./book_follower.ts";
import { SubscriptionRefusal } from "./errors.ts";
import { isMatched } from "./matched.ts";
import { Looks } from "./looks.ts";
import { LedgerFollowers } from "./ledger_followers.ts";
import { freshLinks } from "./manage_commands.ts";
import { BEGINNING, isPending, type Tails } from "./pending.ts";
import type { Config } from "./state.ts";
import type { Surroundings } from "./surroundings.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Milliseconds after which something that the store refused is tried again. */
const AGAIN_MS = 1_000;

/** Streams with news that a command is given to choose from. */
const OFFERED = 16;

const NONE: ReadonlySet<string> = new Set();

/**
 * Knows which subscriptions have news. It is told of every append of this process, which costs a
 * look into the book; the chains of ledgers, which others write to, are followed. A stream that
 * begins to match a pattern is linked when it is first heard of.
 */
export class Watch implements BookListener {
  readonly #follower: BookFollower;
  readonly #around: Surroundings;
  readonly #onNews: (id: string) => void;
  readonly #tails = new Map<string, Layout>();
  readonly #pending = new Map<string, Set<string>>();
  readonly #looks = new Looks((path) => this.#looked(path));
  readonly #followers: LedgerFollowers;
  /** Where each stream's chain ended when it was last looked at. */
  #seen = new Map<string, number>();
  #sweeping: Promise<unknown> = Promise.resolve();

  /** `onNews` hears of each subscription that may have something to do. */
  constructor(around: Surroundings, onNews: (id: string) => void) {
    this.#around = around;
    this.#onNews = onNews;
    this.#followers = new LedgerFollowers(
      around.service,
      (path) => this.heard(path),
      (path, error) => {
        this.#again(() => this.book.isLinked(path) && this.#follow(path));
        logger.warn("cannot follow {path}: {error}", { path, error: messageOf(error) });
      },
    );
    this.#follower = new BookFollower(around.chain, around.clock, this, around.stopped);
  }

  async open(): Promise<void> {
    await this.#follower.open();
    void this.#sweepOn();
  }

  /** Resolves when nothing is under way any more, after the server began to stop. */
  async closed(): Promise<void> {
    await Promise.all([this.#sweeping, this.#follower.closed()]);
    for (const path of this.#followers.paths) this.#followers.unfollow(path);
    await this.#looks.ended();
  }

  /** All subscriptions, as they were a little while ago. */
  get book(): Book {
    return this.#follower.book;
  }

  /** Waits until all that is committed about subscriptions now is in the book. */
  reach(): Promise<void> {
    return this.#follower.reach();
  }

  get tails(): Tails {
    return this.#tails;
  }

  /** The streams in which a subscription has data to process. */
  pending(id: string): ReadonlySet<string> {
    return this.#pending.get(id) ?? NONE;
  }

  /** Some of the streams that may have news for a subscription, with all of `first` before them. */
  offer(id: string, first: Tails = new Map()): Tails {
    const offered = new Map(first);
    for (const path of this.pending(id)) {
      if (offered.size >= OFFERED + first.size) break;
      const layout = this.#tails.get(path);
      if (layout !== undefined && !offered.has(path)) offered.set(path, layout);
    }
    return offered;
  }

  /** Called after each write of this process to a stream: costs one look-up in memory. */
  heard(path: string): void {
    const { linked, unlinked } = this.book.watchers(path);
    if (linked.length + unlinked.length > 0) void this.look(path);
  }

  /** Waits until every write heard of before has been looked at, and its links are in the book. */
  async settled(): Promise<void> {
    await this.#looks.settled();
    // What was linked just now is looked at again.
    await this.reach();
    await this.#looks.settled();
  }

  /** Where a stream ends now; undefined where it cannot be read. */
  async layout(path: string): Promise<Layout | undefined> {
    const { service, clock } = this.#around;
    const state = await service.stored(path);
    if (state === undefined || presenceOf(state, clock.now()) !== "live") return undefined;
    return layoutOf(path, state);
  }

  /** As {@linkcode layout}, from memory where no other process writes to the store. */
  known(path: string): Promise<Layout | undefined> {
    const known = this.#around.log.store.exclusive ? this.#tails.get(path) : undefined;
    return known === undefined ? this.layout(path) : Promise.resolve(known);
  }

  /** Finds out whether a stream is news to anybody, as it is after this call. */
  look(path: string): Promise<void> {
    return this.#looks.take(path);
  }

  changed(id: string): void {
    if (this.book.find(id) === undefined) {
      this.#pending.delete(id);
      for (const path of [...this.#tails.keys(), ...this.#followers.paths]) this.#tidy(path);
    }
    this.#onNews(id);
  }

  moved(id: string, path: string): void {
    const subscription = this.book.find(id);
    const isLinked = subscription !== undefined && this.book.links(subscription).has(path);
    if (isLinked) this.#follow(path);
    else this.#tidy(path);
    if (isLinked && !this.#tails.has(path)) void this.look(path);
    else this.#update(id, path);
  }

  loaded(): void {
    this.#seen = new Map();
    for (const path of this.book.paths()) this.#follow(path);
    for (const { id } of this.book.all()) this.#onNews(id);
    void this.sweep();
  }

  /** Looks at every watched stream whose head has moved since it was last seen; see `#sweep`. */
  sweep(): Promise<boolean> {
    const swept = this.#sweeping.then(() => this.#sweep()).catch((error: unknown) => {
      this.#again(() => void this.sweep());
      logger.warn("cannot look at streams: {error}", { error: messageOf(error) });
      return true;
    });
    this.#sweeping = swept;
    return swept;
  }

  /** Looks at the streams that match a new pattern and are not linked to the subscription yet. */
  sweepFor(id: string, config: Config): void {
    const sweep = async () => {
      await this.reach();
      const subscription = this.book.find(id);
      if (subscription === undefined) return;
      const links = this.book.links(subscription);
      for await (const { path } of allStreams(this.#around.log, this.#around.stopped)) {
        if (isMatched(config, path) && !links.has(path)) await this.look(path);
      }
    };
    this.#sweeping = this.#sweeping.then(sweep).catch((error: unknown) => {
      this.#again(() => this.sweepFor(id, config));
      logger.warn("cannot look at streams: {error}", { error: messageOf(error) });
    });
  }

  /** Returns whether any watched stream has moved since it was last seen. */
  async #sweep(): Promise<boolean> {
    let hasMoved = false;
    if (this.book.size === 0) return hasMoved;
    for await (const { path, next } of allStreams(this.#around.log, this.#around.stopped)) {
      const { linked, unlinked } = this.book.watchers(path);
      if (linked.length + unlinked.length === 0) continue;
      if (unlinked.length === 0 && this.#seen.get(path) === next) continue;
      hasMoved ||= this.#seen.get(path) !== next;
      this.#seen.set(path, next);
      await this.look(path);
    }
    return hasMoved;
  }

  /** Where other processes write to the store too, one may append and not live to tell of it. */
  async #sweepOn(): Promise<void> {
    const { clock, stopped, log } = this.#around;
    // Alone on its store a process hears of everything.
    if (!log.store.exclusive) await sweepOn(clock, stopped, () => this.sweep());
  }

  async #looked(path: string): Promise<void> {
    try {
      await this.#look(path);
    } catch (error) {
      // A damaged chain stays so until it is repaired: trying again makes no sense.
      if (!isDamage(error)) this.#again(() => this.heard(path));
      logger.warn("cannot look at {path}: {error}", { path, error: messageOf(error) });
    }
  }

  async #look(path: string): Promise<void> {
    const layout = await this.layout(path);
    if (layout !== undefined) await this.#link(path);
    const { linked } = this.book.watchers(path);
    if (layout === undefined || linked.length === 0) this.#tails.delete(path);
    else this.#tails.set(path, layout);
    for (const id of linked) this.#update(id, path);
  }

  /** Links a stream to those whose pattern it matches, from its beginning. */
  async #link(path: string): Promise<void> {
    const { steps, service } = this.#around;
    const { unlinked } = this.book.watchers(path);
    if (unlinked.length === 0 || service.isLedger(path)) return;
    const links = [{ path, at: BEGINNING, isExplicit: false }];
    await Promise.all(unlinked.map(async (id) => {
      const subscription = this.book.find(id);
      if (subscription?.isReady !== true) return;
      try {
        await steps.take({ id, decide: (tx) => freshLinks(tx, subscription, links) });
      } catch (error) {
        // It was deleted meanwhile.
        if (!(error instanceof SubscriptionRefusal)) throw error;
      }
    }));
  }

  #update(id: string, path: string): void {
    const subscription = this.book.find(id);
    if (subscription === undefined) return;
    const link = this.book.links(subscription).get(path);
    const pending = this.#pending.get(id) ?? new Set();
    if (link !== undefined && isPending(this.#tails.get(path), link.acked)) pending.add(path);
    else pending.delete(path);
    this.#pending.set(id, pending);
    if (pending.size > 0) this.#onNews(id);
  }

  #follow(path: string): void {
    if (!this.#around.stopped.aborted) this.#followers.follow(path);
  }

  /** Does again, a little later, what the store refused. */
  #again(task: () => void): void {
    const { clock, stopped } = this.#around;
    void sleep(clock, AGAIN_MS, stopped).then(() => stopped.aborted || task());
  }

  /** Forgets a stream that nobody has a cursor in. */
  #tidy(path: string): void {
    if (this.book.isLinked(path)) return;
    this.#tails.delete(path);
    this.#seen.delete(path);
    this.#followers.unfollow(path);
  }
}
