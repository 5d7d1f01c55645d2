import { getLogger } from "@logtape/logtape";
import { backoffMs } from "../../kernel/backoff.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { Pace } from "../../kernel/turn.ts";
import type { Chain } from "../../log/chain.ts";
import type { PlacedEvent } from "../../log/event.ts";
import type { RowKey } from "../../log/keys.ts";
import type { Rows } from "../../log/projection.ts";
import { Book } from "./book.ts";
import { subscriptionProjection } from "./projection.ts";
import { LINKS, SUBSCRIPTIONS } from "./state.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Rows read at once. */
const ROWS = 1_000;

/** Subscriptions that are told of in one turn of the event loop. */
const TOLD_PER_TURN = 64;

/** What is told to whoever acts on the book. */
export interface BookListener {
  /** A subscription changed, or is gone. */
  changed(id: string): void;
  /** A cursor is new, moved, or gone. */
  moved(id: string, path: string): void;
  /** The book was read anew: anything may have changed. */
  loaded(): void;
}

/** Keeps a {@linkcode Book} up by following its chain: it is a little behind the log. */
export class BookFollower {
  readonly book = new Book();
  readonly #chain: Chain;
  readonly #clock: Clock;
  readonly #listener: BookListener;
  readonly #stopped: AbortSignal;
  #next = 0;
  #isLoaded = false;
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

  /** Waits until everything that is in the chain now is in the book. */
  async reach(): Promise<void> {
    const next = (await this.#chain.head())?.next ?? 0;
    if (next <= this.#next || this.#stopped.aborted) return;
    await new Promise<void>((resolve) => this.#waiting.push({ next, resolve }));
  }

  async #load(): Promise<void> {
    // What is committed while rows are read is met again as events: applying it twice changes nothing.
    const next = (await this.#chain.head())?.next ?? 0;
    this.book.clear();
    for (const prefix of next === 0 ? [] : [SUBSCRIPTIONS, LINKS]) {
      let from: RowKey | undefined;
      for (;;) {
        const rows = await this.#chain.rows(prefix, ROWS, { from });
        for (const { key, value } of rows) this.book.set(key, value);
        if (rows.length < ROWS) break;
        from = rows.at(-1)?.key;
      }
    }
    this.book.dropStrayLinks();
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

  /** Applies an event. One that cannot be read is logged, and passed over. */
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

  /** The rows as one event changes them: the listener hears of each link. */
  #watched({ keys }: PlacedEvent): Rows {
    const { book } = this;
    const tell = ([kind, life, path]: RowKey) => {
      if (kind !== LINKS[0]) return;
      this.#listener.moved(book.idOf(Number(life)) ?? keys[0] ?? "", String(path));
    };
    return {
      get: (key) => book.get(key),
      set: (key, value) => {
        book.set(key, value);
        tell(key);
      },
      delete: (key) => {
        book.delete(key);
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

/** Whether the log is closing, so that trying again makes no sense. */
function isClosed(error: unknown): boolean {
  return error instanceof LedgerError && error.code === "closed";
}
