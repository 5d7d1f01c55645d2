import { Pace } from "../../kernel/turn.ts";
import { Waiters } from "../../kernel/waiters.ts";
import type { Following } from "../../sockets/following.ts";
import type { OrderLife } from "./place.ts";
import type { AllReaders } from "./readers.ts";
import type { Selection } from "./selection.ts";
import type { Walk } from "./walk.ts";

/** Characters after which a page is full: the event that passes them is its last. */
const PAGE_CHARS = 256 * 1024;

/** What is passed over for one page, which is short or empty then: the next goes on after it. */
const PASSED_OVER = 262_144;

/** What comes next of all chains, for an answer over HTTP. */
export interface AllPage {
  readonly texts: readonly string[];
  /** The offset after each of them. */
  readonly offsets: readonly string[];
  /** The offset to go on from. */
  readonly next: string;
  /** Whether there is nothing after it yet. */
  readonly isAtEnd: boolean;
}

/** Pages of all chains, one after another, for one reader over HTTP. */
export class AllPages {
  readonly #walk: Walk;
  readonly #waiting: Waiters;

  private constructor(walk: Walk, waiting: Waiters) {
    this.#walk = walk;
    this.#waiting = waiting;
  }

  static async open(
    readers: Pick<AllReaders, "walk">,
    position: number,
    order: OrderLife,
    selection: Selection,
  ): Promise<AllPages> {
    const waiting = new Waiters();
    const wake = () => waiting.wake();
    return new AllPages(await readers.walk(position, order, selection, wake), waiting);
  }

  /** The next page; one without events where there is nothing, or much was passed over. */
  async next(): Promise<AllPage> {
    const walk = this.#walk;
    // What is taken in one go has its own bound: many readers at once take turns.
    const pace = new Pace(1);
    const texts: string[] = [];
    const offsets: string[] = [];
    for (let left = PAGE_CHARS, passed = 0; left > 0 && passed < PASSED_OVER;) {
      const taken = walk.take({ chars: left, events: Infinity });
      if (taken === undefined) break;
      if (taken instanceof Promise) await taken;
      else {
        texts.push(...taken.texts);
        for (const position of taken.positions) offsets.push(walk.offsetOf(position));
        left -= taken.texts.reduce((sum, { length }) => sum + length, 0);
        passed += taken.passed;
      }
      const turn = pace.spend(1);
      if (turn !== undefined) await turn;
    }
    return {
      texts,
      offsets,
      next: walk.offsetOf(walk.position),
      isAtEnd: walk.isAtEnd,
    };
  }

  /** Resolves when there is more than was taken, or `signal` is aborted. */
  async more(signal: AbortSignal): Promise<void> {
    if (this.#walk.isAtEnd && !signal.aborted) await this.#waiting.wait(signal);
  }

  get following(): Following {
    return this.#walk.following;
  }

  close(): void {
    this.#walk.close();
  }
}
