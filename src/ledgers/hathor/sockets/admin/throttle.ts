import { BoundedCache } from "../../../../crypto/bounded_cache.ts";
import type { Clock } from "../../../../kernel/clock.ts";
import { type Frames, oneFrame } from "../../../../sockets/frames.ts";
import { type Limit, LimitedQueue } from "./limited_queue.ts";
import type { AdminFrames, AdminMessage } from "./vertex_messages.ts";

const OUTPUTS: Limit = { most: 10, perMs: 2_000, waiting: 20, everyMs: 100 };

/** What hathor-core 0.72.0 limits, by the type of message. */
const LIMITS: ReadonlyMap<string, Limit> = new Map([
  ["network:new_tx_accepted", { most: 20, perMs: 2_000, waiting: 20, everyMs: 100 }],
  ["wallet:output_received", OUTPUTS],
  ["wallet:output_spent", OUTPUTS],
  ["wallet:balance_updated", { most: 3, perMs: 1_000, waiting: 3, everyMs: 400 }],
]);

/** Events that are remembered as decided. One of a socket further behind is decided anew. */
const KEPT = 10_000;

const NONE: ReadonlySet<number> = new Set();

/**
 * The reference node's throttle: one for all sockets of a process. The first socket that comes to
 * an event has it decided what of that is told at once; the rest waits here, and is told to all who
 * are there when its time comes.
 */
export class Throttle {
  readonly #queues: ReadonlyMap<string, LimitedQueue>;
  readonly #listeners = new Set<(message: Frames) => void>();
  /** By event: the places of its messages that are not told at once. */
  readonly #held = new BoundedCache<number, ReadonlySet<number>>(KEPT);

  constructor(clock: Clock) {
    const tell = (text: string) => {
      const message = oneFrame(text);
      for (const listener of this.#listeners) listener(message);
    };
    this.#queues = new Map(
      [...LIMITS].map(([type, limit]) => [type, new LimitedQueue(clock, limit, tell)]),
    );
  }

  /** Tells what was held back until the function returned is called. */
  listen(tell: (message: Frames) => void): () => void {
    this.#listeners.add(tell);
    return () => {
      this.#listeners.delete(tell);
      if (this.#listeners.size > 0) return;
      for (const queue of this.#queues.values()) queue.clear();
    };
  }

  /** Whether a message of an event is not told at once: for every socket the same. */
  isHeld(event: number, frames: AdminFrames, at: number): boolean {
    const held = this.#held.get(event, () => this.#decide(frames.of(event)));
    return held.has(at - frames.beginOf(event));
  }

  #decide(messages: readonly AdminMessage[]): ReadonlySet<number> {
    let held: Set<number> | undefined;
    for (const [index, { type, text }] of messages.entries()) {
      const queue = this.#queues.get(type);
      if (queue === undefined || queue.take()) continue;
      (held ??= new Set()).add(index);
      queue.hold((isThrottled) => isThrottled ? throttledText(text) : text);
    }
    return held ?? NONE;
  }
}

/** All messages that are limited end alike. */
const NOT_THROTTLED = '"throttled":false}';

function throttledText(text: string): string {
  return `${text.slice(0, -NOT_THROTTLED.length)}"throttled":true}`;
}
