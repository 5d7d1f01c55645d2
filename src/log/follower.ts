import type { LedgerError } from "../kernel/errors.ts";
import type { EventBatch } from "./event_batch.ts";
import type { Head } from "./head.ts";
import type { LogPage, LogReader } from "./reader.ts";

const NO_PAGE: readonly EventBatch[] = [];

/** What a follower reads from before it asks the store: the recent batches of one chain. */
export interface LiveEnd {
  /** The newest head this process knows of. */
  readonly head: Head | undefined;
  /** Offset up to which followers can be served now. */
  readonly next: number;
  /** Why the chain cannot be followed any more. */
  readonly failure: LedgerError | undefined;
  /** The recent batch that holds `offset`; undefined where it is older, or not there yet. */
  recent(offset: number): EventBatch | undefined;
}

/** The offset after the last event that is known of here. */
export function knownEnd({ next, head }: Pick<LiveEnd, "next" | "head">): number {
  return Math.max(next, head?.next ?? 0);
}

/**
 * One consumer's place in a chain: an offset, and nothing else worth keeping. History and live are
 * the same loop: take the batch that holds the offset from the tail if it is there, else read the
 * log.
 */
export class Follower {
  /** Offset of the next event to take. */
  offset: number;
  readonly wake: () => void;
  readonly #tail: LiveEnd;
  readonly #reader: LogReader;
  readonly #chain: string;
  readonly #leave: (follower: Follower) => void;
  #page: readonly EventBatch[] = NO_PAGE;
  /** Called when it holds pages no more. */
  #letGo: (() => void) | undefined;
  /** The page after this one: held here, so that it cannot be given up before it is used. */
  #ahead: { readonly first: number; readonly page: Promise<LogPage> } | undefined;

  constructor(
    tail: LiveEnd,
    reader: LogReader,
    chain: string,
    offset: number,
    wake: () => void,
    leave: (follower: Follower) => void,
  ) {
    this.#tail = tail;
    this.#reader = reader;
    this.#chain = chain;
    this.offset = offset;
    this.wake = wake;
    this.#leave = leave;
  }

  /** The name of the chain. */
  get chain(): string {
    return this.#chain;
  }

  /** The offset after the last event that is known of here. */
  get end(): number {
    return knownEnd(this.#tail);
  }

  /** When the next event was committed, in milliseconds; undefined where it is not in memory. */
  get time(): number | undefined {
    return this.held(this.offset)?.time;
  }

  get isCaughtUp(): boolean {
    return this.offset >= this.#tail.next;
  }

  /**
   * The batch that holds the next event; undefined when caught up; a promise when it is being read
   * (look again when it resolves). Throws the chain's failure, and rejects with `damaged`,
   * `offset_gone` or `store_unavailable`.
   */
  peek(): EventBatch | undefined | Promise<void> {
    const held = this.held(this.offset);
    if (held !== undefined) return held;
    const { head, failure } = this.#tail;
    // Damage ends a follower where the damage is; whoever is behind it gets what comes before.
    if (failure !== undefined && (failure.code !== "damaged" || this.isCaughtUp)) throw failure;
    if (head === undefined || this.isCaughtUp) {
      this.release();
      return undefined;
    }
    this.#letGo ??= this.#reader.hold();
    const ahead = this.#ahead?.first === this.offset ? this.#ahead.page : undefined;
    const page = ahead ?? this.#reader.page(this.#chain, head, this.offset);
    return page.then(({ batches, next }) => {
      this.#page = batches;
      // What lay before was cut off, and counted for nobody.
      this.offset = Math.max(this.offset, batches[0]?.first ?? next);
      this.#ahead = undefined;
      if (next >= this.#tail.next) return;
      // The page after this one is read while this one is sent.
      this.#ahead = { first: next, page: this.#reader.page(this.#chain, head, next) };
      this.#ahead.page.catch(() => this.#ahead = undefined);
    });
  }

  /** The batch that holds an offset, if it is in memory here. */
  held(offset: number): EventBatch | undefined {
    const recent = this.#tail.recent(offset);
    if (recent !== undefined) return recent;
    const read = this.#page.find(({ next }) => next > offset);
    return read !== undefined && read.first <= offset ? read : undefined;
  }

  /** Lets go of what was read ahead: a reader that must wait keeps its offset alone. */
  release(): void {
    this.#page = NO_PAGE;
    this.#ahead = undefined;
    this.#letGo?.();
    this.#letGo = undefined;
  }

  close(): void {
    this.release();
    this.#leave(this);
  }
}
