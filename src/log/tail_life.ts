import type { LedgerError } from "../kernel/errors.ts";
import type { EventBatch } from "./event_batch.ts";
import type { Follower, LiveEnd } from "./follower.ts";
import type { Head } from "./head.ts";
import { RecentBatches } from "./recent_batches.ts";

/**
 * One life of a chain as its tail has it, with those who follow it. Once the chain has another, these
 * stay with what is over, and whoever comes next has nothing of it.
 */
export class TailLife implements LiveEnd {
  readonly followers = new Set<Follower>();
  /** The same for all who follow it. */
  readonly leave: (follower: Follower) => void;
  readonly batches = new RecentBatches();
  head: Head | undefined;
  failure: LedgerError | undefined;
  /** Whether its end is known. */
  isOpen = false;
  opening: Promise<void> | undefined;
  /** What others have committed is being read. */
  loading: Promise<void> | undefined;
  /** The store is asked whether this is the chain's life still. */
  asking: Promise<void> | undefined;

  /** `left` is called whenever one of them has left. */
  constructor(left: (life: TailLife) => void) {
    this.leave = (follower) => {
      if (this.followers.delete(follower)) left(this);
    };
  }

  get next(): number {
    return this.batches.next;
  }

  recent(offset: number): EventBatch | undefined {
    return this.batches.at(offset);
  }

  /** Its end is known from now on. */
  begin(head: Head | undefined): void {
    this.isOpen = true;
    this.head = head;
    this.batches.clear(head?.next ?? 0);
  }

  append(head: Head, batches: readonly EventBatch[]): void {
    this.batches.add(batches);
    if (this.head === undefined || head.next > this.head.next) this.head = head;
    this.wake();
  }

  /** Goes on behind what is not read here: those who follow read it of the log. */
  jump(next: number): void {
    this.batches.clear(next);
    this.wake();
  }

  isOf(head: Head): boolean {
    return this.head === undefined || this.head.epoch === head.epoch;
  }

  /** It cannot be followed any more. */
  fail(failure: LedgerError): void {
    this.failure ??= failure;
    this.wake();
  }

  wake(): void {
    for (const follower of this.followers) follower.wake();
  }
}
