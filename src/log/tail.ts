import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../kernel/errors.ts";
import { LINGER_MS, TAIL_EVENTS } from "../kernel/limits.ts";
import { firstOf } from "./base.ts";
import type { Bell } from "./bell.ts";
import type { Committed } from "./committed.ts";
import type { EventBatch } from "./event_batch.ts";
import { Follower, type LiveEnd } from "./follower.ts";
import type { Head } from "./head.ts";
import type { LogObserver } from "./observer.ts";
import type { LogReader } from "./reader.ts";
import { RecentBatches } from "./recent_batches.ts";

const logger = getLogger(["ledgerline", "log"]);

/**
 * The live end of one chain in this process: the recent batches, read once, for any number of
 * followers. It is woken by the doorbell, or handed a commit by the writer of the same process,
 * which it takes only if that is the very next one. It is a cache of the log and nothing more: a
 * follower that is not within it reads the log.
 */
export class Tail implements LiveEnd {
  readonly #chain: string;
  readonly #reader: LogReader;
  readonly #doorbell: Bell;
  readonly #observer: LogObserver;
  readonly #clock: Clock;
  readonly #followers = new Set<Follower>();
  #head: Head | undefined;
  readonly #recent = new RecentBatches();
  /** The same for all followers. */
  readonly #leave = (follower: Follower): void => {
    if (!this.#followers.delete(follower)) return;
    // Of a chain that is no more there is nothing to keep for whoever comes next.
    if (this.isIdle && this.#isForgotten) this.#forgetNow();
    else this.#linger();
  };
  #isOpen = false;
  #isClosed = false;
  #isForgotten = false;
  #opening: Promise<void> | undefined;
  #cancelSilence: (() => void) | undefined;
  #loading: Promise<void> | undefined;
  #asking: Promise<void> | undefined;
  #failure: LedgerError | undefined;

  constructor(
    chain: string,
    reader: LogReader,
    doorbell: Bell,
    observer: LogObserver,
    clock: Clock,
  ) {
    this.#chain = chain;
    this.#reader = reader;
    this.#doorbell = doorbell;
    this.#observer = observer;
    this.#clock = clock;
  }

  /** The newest head this process knows of. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Offset up to which followers can be served now. */
  get next(): number {
    return this.#recent.next;
  }

  get failure(): LedgerError | undefined {
    return this.#failure;
  }

  /** Whether nobody follows. */
  get isIdle(): boolean {
    return this.#followers.size === 0;
  }

  /**
   * Begins to listen, and reads the head. Resolves once the end of the chain is known. Where nobody
   * follows within {@linkcode LINGER_MS} of that, it is silent again.
   */
  async open(): Promise<void> {
    if (this.#isClosed) return;
    this.#opening ??= this.#open();
    await this.#opening;
    this.#linger();
  }

  async #open(): Promise<void> {
    this.#failure = undefined;
    this.#doorbell.listen(this.#chain, {
      ring: (head, source) => this.#ring(head, source),
      fail: (error) => this.#fail(error),
    });
    try {
      const head = await this.#reader.head(this.#chain);
      if (!this.#isOpen) this.#begin(head);
    } catch (error) {
      this.#opening = undefined;
      // Nobody follows what cannot be read, and no other chain's ring may wait for it.
      if (!this.#isOpen) this.#doorbell.silence(this.#chain);
      throw error;
    }
  }

  #begin(head: Head | undefined): void {
    this.#isOpen = true;
    this.#head = head;
    this.#recent.clear(head?.next ?? 0);
  }

  /** Has it fall silent after a while in which nobody follows. */
  #linger(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    if (!this.isIdle || this.#isClosed) return;
    this.#cancelSilence = this.#clock.after(LINGER_MS, () => this.#hush());
  }

  /** Listens no more, and forgets what it knows: whoever follows next opens it anew. */
  #hush(): void {
    if (this.#loading !== undefined || this.#asking !== undefined) return this.#linger();
    this.#cancelSilence = undefined;
    this.#doorbell.silence(this.#chain);
    this.#opening = undefined;
    this.#isOpen = false;
    this.#head = undefined;
    this.#recent.clear(0);
  }

  /**
   * Takes a commit of this process, if it is the very next one, without reading or decoding it;
   * any other is read from the log like a commit of another process.
   */
  offer(head: Head, records: readonly Committed[]): void {
    if (!this.#isOpen) {
      // The head that is being read may be the one before.
      if (this.#opening !== undefined && !this.#isClosed) this.#begin(head);
      return;
    }
    if (records[0]?.first !== this.next || !this.#isSameLife(head)) {
      return this.#ring(head, "local");
    }
    this.#observer.woken?.("local");
    this.#append(head, records.map((record) => record.batch()));
  }

  /** The recent batch that holds `offset`; undefined where it is older, or not there yet. */
  recent(offset: number): EventBatch | undefined {
    return this.#recent.at(offset);
  }

  /**
   * Calls `wake` whenever there is more to read than before, or the chain has failed. To be called as
   * soon as it is open.
   */
  follow(wake: () => void, offset: number): Follower {
    const follower = new Follower(this, this.#reader, this.#chain, offset, wake, this.#leave);
    this.#followers.add(follower);
    this.#linger();
    return follower;
  }

  /** The chain is no more: whoever follows hears so, and whoever follows next begins anew. */
  forget(): void {
    this.#fail(this.#otherLife());
    this.#isForgotten = true;
    if (this.isIdle) this.#forgetNow();
  }

  #forgetNow(): void {
    this.#isForgotten = false;
    this.#cancelSilence?.();
    this.#hush();
  }

  /** Ends all followers; `isOver` says that the chain has another life from now on. */
  close(isOver = false): void {
    this.#isClosed = true;
    this.#linger();
    this.#doorbell.silence(this.#chain);
    this.#fail(isOver ? this.#otherLife() : new LedgerError("closed", "The log is closing"));
  }

  #ring(head: Head | undefined, source: "local" | "watch" | "poll"): void {
    if (head === undefined) {
      if (this.#head !== undefined) this.#askLife();
      return;
    }
    if (!this.#isOpen) return this.#begin(head);
    if (!this.#isSameLife(head)) return this.#askLife();
    if (head.next <= this.next) return;
    this.#observer.woken?.(source);
    if (this.#head === undefined || head.next > this.#head.next) this.#head = head;
    this.#loading ??= this.#load().finally(() => this.#loading = undefined);
  }

  /** A ring may be late and tell of a head before the one known: the store is asked. */
  #askLife(): void {
    this.#asking ??= this.#reader.head(this.#chain).then((head) => {
      if (head === undefined || !this.#isSameLife(head)) this.#fail(this.#otherLife());
    }, (error) => {
      // The next ring asks again.
      logger.warn("cannot read {chain}: {error}", {
        chain: this.#chain,
        error: messageOf(error),
      });
    }).finally(() => this.#asking = undefined);
  }

  /** Reads what other processes committed, or jumps ahead where that is more than is kept anyway. */
  async #load(): Promise<void> {
    while (
      this.#failure === undefined && this.#head !== undefined && this.#head.next > this.next
    ) {
      const head = this.#head;
      if (head.next - this.next > TAIL_EVENTS) return this.#jump(head.next);
      const from = this.next;
      try {
        const { batches } = await this.#reader.page(this.#chain, head, from);
        // The writer of this process may have handed over the same commits meanwhile.
        const fresh = batches.filter(({ first }) => first >= this.next);
        if (fresh[0]?.first === this.next) this.#append(head, fresh);
        else if (this.next === from && !await this.#isCut(from)) return this.#fail(this.#gap(from));
      } catch (error) {
        if (isDamage(error)) return this.#fail(error);
        // Whoever follows from there hears of it.
        if (error instanceof LedgerError && error.code === "offset_gone") {
          return this.#jump(Math.max(head.next, this.next));
        }
        // The next ring tries again; followers are late, and nothing is lost.
        logger.warn("cannot read {chain}: {error}", {
          chain: this.#chain,
          error: messageOf(error),
        });
        return;
      }
    }
  }

  /** Whether another process has cut off what comes next; then it goes on where the chain begins. */
  async #isCut(from: number): Promise<boolean> {
    const first = firstOf(await this.#reader.head(this.#chain));
    if (first <= from) return false;
    if (this.next === from) this.#jump(first);
    return true;
  }

  /** Goes on behind what is not read here: those who follow read it of the log. */
  #jump(next: number): void {
    this.#recent.clear(next);
    this.#wake();
  }

  #append(head: Head, batches: readonly EventBatch[]): void {
    this.#recent.add(batches);
    if (this.#head === undefined || head.next > this.#head.next) this.#head = head;
    this.#wake();
  }

  #wake(): void {
    for (const follower of this.#followers) follower.wake();
  }

  #fail(failure: LedgerError): void {
    this.#failure ??= failure;
    this.#wake();
  }

  #isSameLife(head: Head): boolean {
    return this.#head === undefined || this.#head.epoch === head.epoch;
  }

  #otherLife(): LedgerError {
    return new LedgerError("epoch_mismatch", `${this.#chain} was deleted or began a new life`);
  }

  #gap(offset: number): LedgerError {
    return new LedgerError("damaged", `The log of ${this.#chain} has a gap at offset ${offset}`, {
      offset,
    });
  }
}
