import { POSITION_EVERY } from "../kernel/limits.ts";
import type { EventBatch } from "../log/event_batch.ts";
import type { Matcher } from "../log/follow.ts";
import type { Follower } from "../log/follower.ts";
import type { Framer, Frames } from "./frames.ts";
import type { Progress, Source } from "./source.ts";
import type { Transport } from "./transport.ts";

/** What a dialect wants streamed to one socket. */
export interface SubscriptionOptions {
  readonly framer: Framer;
  /** Which events are wanted; all where it is left out. May change while it runs. */
  matcher?: Matcher | undefined;
  /** The message, if any, that says there is nothing more at the moment. */
  readonly caughtUp?: (next: number) => string;
  /** The message, if any, that tells a filtered client how far it has come. */
  readonly position?: (next: number) => string;
}

/** One cursor of one socket, and how its events become messages. */
export class Subscription implements Source {
  readonly options: SubscriptionOptions;
  readonly #follower: Follower;
  readonly #onClose: (subscription: Subscription) => void;
  /** Frames that had to be waited for. */
  #awaited: { batch: EventBatch; frames: Frames } | undefined;
  #isToldCaughtUp = false;
  #passedOver = 0;

  constructor(
    follower: Follower,
    options: SubscriptionOptions,
    onClose: (subscription: Subscription) => void,
  ) {
    this.#follower = follower;
    this.options = options;
    this.#onClose = onClose;
  }

  /** Offset of the next event to look at. */
  get offset(): number {
    return this.#follower.offset;
  }

  /** Sends what there is, as far as the socket takes it. Throws what the chain fails with. */
  send(transport: Transport, highWater: number): Progress {
    for (;;) {
      if (transport.buffered >= highWater) return "full";
      const batch = this.#follower.peek();
      if (batch === undefined) {
        this.#tellCaughtUp(transport);
        return "caught_up";
      }
      if (batch instanceof Promise) {
        // Behind what is in memory: that there is no more is news again.
        this.#isToldCaughtUp = false;
        return batch;
      }
      const frames = this.#framesOf(batch);
      if (frames instanceof Promise) return frames;
      const reached = this.options.matcher === undefined
        ? transport.sendFrames(frames, this.offset - batch.first, batch.count)
        : this.#sendMatching(transport, batch, frames, this.options.matcher);
      this.#follower.offset = batch.first + reached;
      if (reached < batch.count) return "full";
    }
  }

  /** Keeps the offset alone, while the socket is full. */
  release(): void {
    this.#follower.release();
    this.#awaited = undefined;
  }

  close(): void {
    this.#follower.close();
    this.#onClose(this);
  }

  #framesOf(batch: EventBatch): Frames | Promise<void> {
    if (this.#awaited?.batch === batch) return this.#awaited.frames;
    const frames = batch.derive(this.options.framer);
    if (!(frames instanceof Promise)) return frames;
    return frames.then((made) => {
      this.#awaited = { batch, frames: made };
    });
  }

  #sendMatching(
    transport: Transport,
    batch: EventBatch,
    frames: Frames,
    matches: Matcher,
  ): number {
    for (let index = this.offset - batch.first; index < batch.count; index++) {
      if (matches(batch, index)) {
        if (transport.sendFrames(frames, index, index + 1) === index) return index;
        this.#passedOver = 0;
      } else if (++this.#passedOver % POSITION_EVERY === 0 && this.options.position !== undefined) {
        transport.sendText(this.options.position(batch.first + index + 1));
      }
    }
    return batch.count;
  }

  #tellCaughtUp(transport: Transport): void {
    if (this.#isToldCaughtUp) return;
    this.#isToldCaughtUp = true;
    if (this.options.caughtUp !== undefined) transport.sendText(this.options.caughtUp(this.offset));
  }
}
