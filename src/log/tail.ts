import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../kernel/errors.ts";
import { LINGER_MS, TAIL_EVENTS } from "../kernel/limits.ts";
import { firstOf } from "./base.ts";
import type { Bell } from "./bell.ts";
import type { Committed } from "./committed.ts";
import { Follower } from "./follower.ts";
import type { Head } from "./head.ts";
import type { LogObserver } from "./observer.ts";
import type { LogReader } from "./reader.ts";
import { TailLife } from "./tail_life.ts";

const logger = getLogger(["ledgerline", "log"]);

/**
 * The live end of one chain in this process: the recent batches, read once, for any number of
 * followers. It is woken by the doorbell, or handed a commit by the writer of the same process,
 * which it takes only if that is the very next one. It is a cache of the log and nothing more: a
 * follower that is not within it reads the log.
 */
export class Tail {
  readonly #chain: string;
  readonly #reader: LogReader;
  readonly #doorbell: Bell;
  readonly #observer: LogObserver;
  readonly #clock: Clock;
  /** Somebody follows a life no more. */
  readonly #left = (life: TailLife): void => {
    if (life === this.#life) this.#linger();
  };
  #life = new TailLife(this.#left);
  #isClosed = false;
  #cancelSilence: (() => void) | undefined;

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
    return this.#life.head;
  }

  /** Offset up to which followers can be served now. */
  get next(): number {
    return this.#life.next;
  }

  /** Whether nobody follows. */
  get isIdle(): boolean {
    return this.#life.followers.size === 0;
  }

  /**
   * Begins to listen, and reads the head. Resolves once the end of the chain is known. Where nobody
   * follows within {@linkcode LINGER_MS} of that, it is silent again.
   */
  async open(): Promise<void> {
    while (!this.#isClosed) {
      const life = this.#life;
      await (life.opening ??= this.#open(life));
      // Whoever comes now may know of another life already.
      if (life.asking !== undefined) await life.asking;
      if (life === this.#life) return this.#linger();
    }
  }

  async #open(life: TailLife): Promise<void> {
    life.failure = undefined;
    this.#doorbell.listen(this.#chain, {
      ring: (head, source) => this.#ring(head, source),
      fail: (error) => this.#life.fail(error),
    });
    try {
      const head = await this.#reader.head(this.#chain);
      if (!life.isOpen) life.begin(head);
    } catch (error) {
      life.opening = undefined;
      // Nobody follows what cannot be read, and no other chain's ring may wait for it.
      if (!life.isOpen && life === this.#life) this.#doorbell.silence(this.#chain);
      throw error;
    }
  }

  /** Has it fall silent after a while in which nobody follows. */
  #linger(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    if (!this.isIdle || this.#isClosed) return;
    this.#cancelSilence = this.#clock.after(LINGER_MS, () => this.#forget());
  }

  /** Listens no more, and forgets what it knows: whoever follows next opens it anew. */
  #forget(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    this.#doorbell.silence(this.#chain);
    this.#life = new TailLife(this.#left);
  }

  /**
   * Takes a commit of this process, if it is the very next one, without reading or decoding it;
   * any other is read from the log like a commit of another process.
   */
  offer(head: Head, records: readonly Committed[]): void {
    const life = this.#life;
    if (!life.isOpen) {
      // The head that is being read may be the one before.
      if (life.opening !== undefined && !this.#isClosed) life.begin(head);
      return;
    }
    if (records[0]?.first !== life.next || !life.isOf(head)) return this.#ring(head, "local");
    this.#observer.woken?.("local");
    life.append(head, records.map((record) => record.batch()));
  }

  /**
   * Calls `wake` whenever there is more to read than before, or the chain has failed. To be called as
   * soon as it is open.
   */
  follow(wake: () => void, offset: number): Follower {
    const life = this.#life;
    const follower = new Follower(life, this.#reader, this.#chain, offset, wake, life.leave);
    life.followers.add(follower);
    this.#linger();
    return follower;
  }

  /** This life of the chain is over: whoever follows hears so, and whoever follows next begins anew. */
  forget(): void {
    const life = this.#life;
    this.#forget();
    life.fail(this.#otherLife());
  }

  /** Ends all followers; `isOver` says that the chain has another life from now on. */
  close(isOver = false): void {
    this.#isClosed = true;
    this.#linger();
    this.#doorbell.silence(this.#chain);
    this.#life.fail(isOver ? this.#otherLife() : new LedgerError("closed", "The log is closing"));
  }

  #ring(head: Head | undefined, source: "local" | "watch" | "poll"): void {
    const life = this.#life;
    if (head === undefined) {
      if (life.head !== undefined) this.#askLife(life);
      return;
    }
    if (!life.isOpen) return life.begin(head);
    if (!life.isOf(head)) return this.#askLife(life);
    if (head.next <= life.next) return;
    this.#observer.woken?.(source);
    if (life.head === undefined || head.next > life.head.next) life.head = head;
    life.loading ??= this.#load(life).finally(() => life.loading = undefined);
  }

  /** A ring may be late and tell of a head before the one known: the store is asked. */
  #askLife(life: TailLife): void {
    life.asking ??= this.#reader.head(this.#chain).then((head) => {
      const isOver = head === undefined || !life.isOf(head);
      if (isOver && life === this.#life && !this.#isClosed) this.forget();
    }, (error) => {
      // The next ring asks again.
      logger.warn("cannot read {chain}: {error}", {
        chain: this.#chain,
        error: messageOf(error),
      });
    }).finally(() => life.asking = undefined);
  }

  /** Reads what other processes committed, or jumps ahead where that is more than is kept anyway. */
  async #load(life: TailLife): Promise<void> {
    while (life.failure === undefined && life.head !== undefined && life.head.next > life.next) {
      const { head } = life;
      if (head.next - life.next > TAIL_EVENTS) return life.jump(head.next);
      const from = life.next;
      try {
        const { batches } = await this.#reader.page(this.#chain, head, from);
        // The writer of this process may have handed over the same commits meanwhile.
        const fresh = batches.filter(({ first }) => first >= life.next);
        if (fresh[0]?.first === life.next) life.append(head, fresh);
        else if (life.next === from && !await this.#isCut(life, from)) {
          return life.fail(this.#gap(from));
        }
      } catch (error) {
        if (isDamage(error)) return life.fail(error);
        // Whoever follows from there hears of it.
        if (error instanceof LedgerError && error.code === "offset_gone") {
          return life.jump(Math.max(head.next, life.next));
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
  async #isCut(life: TailLife, from: number): Promise<boolean> {
    const first = firstOf(await this.#reader.head(this.#chain));
    if (first <= from) return false;
    if (life.next === from) life.jump(first);
    return true;
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
