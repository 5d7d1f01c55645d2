import { BoundedCache } from "../../crypto/bounded_cache.ts";
import { POSITION_EVERY } from "../../kernel/limits.ts";
import { nextTurn } from "../../kernel/turn.ts";
import type { Following } from "../../sockets/following.ts";
import { type Frames, oneFrame } from "../../sockets/frames.ts";
import type { Progress, Source } from "../../sockets/source.ts";
import type { Sink } from "../../sockets/transport.ts";
import type { Window } from "../../sockets/window.ts";
import { eventsMessage, MESSAGE_CHARS } from "../socket/frames.ts";
import { placeMessage } from "../socket/messages.ts";
import type { TakenEvents, Walk } from "./walk.ts";

/** A message of several events, and where its reader goes on. */
export interface AllMessage {
  readonly frames: Frames | undefined;
  readonly taken: TakenEvents;
}

/** Messages that are made once for all who select the same and are at the same place. */
export type SharedMessages = BoundedCache<number, AllMessage>;

/** Messages that are kept for each selection. */
const SHARED = 8;

export function sharedMessages(): SharedMessages {
  return new BoundedCache(SHARED);
}

/** What one socket is sent of all chains. */
export interface AllChainsFeedOptions {
  readonly walk: Walk;
  readonly shared: SharedMessages;
  readonly window: Window | undefined;
  readonly onClose: (feed: AllChainsFeed) => void;
}

/** All chains as one socket hears them. */
export class AllChainsFeed implements Source {
  readonly #options: AllChainsFeedOptions;
  #told: number;
  #passed = 0;
  #isBehind = true;
  #isClosed = false;

  constructor(options: AllChainsFeedOptions) {
    this.#options = options;
    this.#told = options.walk.position;
  }

  /** The position up to which everything was sent, or passed over. */
  get position(): number {
    return this.#told;
  }

  get offset(): string {
    return this.#options.walk.offsetOf(this.#told);
  }

  get following(): Following {
    const { walk, window } = this.#options;
    return { ...walk.following, unacknowledged: window?.open };
  }

  send(sink: Sink, highWater: number): Progress {
    const { window } = this.#options;
    while (!this.#isClosed) {
      if (sink.buffered >= highWater) return this.#behind("full");
      if (window !== undefined && window.room <= 0) return this.#behind("caught_up");
      const message = this.#next();
      if (message instanceof Promise) return this.#behind(message);
      if (message === undefined) {
        if (this.#isBehind) sink.sendAll(oneFrame(placeMessage("caught_up", this.offset)));
        this.#isBehind = false;
        break;
      }
      this.#sendMessage(sink, message);
      // Others get a turn where a while was spent on what is not wanted.
      if (message.frames === undefined && !this.#options.walk.isAtEnd) {
        return this.#behind(nextTurn());
      }
    }
    return "caught_up";
  }

  release(): void {
    this.#options.walk.release();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.walk.close();
    this.#options.onClose(this);
  }

  #behind(progress: Progress): Progress {
    this.#isBehind = true;
    return progress;
  }

  #sendMessage(sink: Sink, { frames, taken }: AllMessage): void {
    const { window } = this.#options;
    // Below the high-water mark whatever comes first is sent, however long.
    if (frames !== undefined) sink.sendFrames(frames, 0, 1);
    if (window !== undefined) { for (const position of taken.positions) window.sent(position); }
    this.#told = taken.next;
    this.#passed = frames === undefined ? this.#passed + taken.passed : 0;
    if (this.#passed < POSITION_EVERY) return;
    this.#passed = 0;
    sink.sendAll(oneFrame(placeMessage("position", this.offset)));
  }

  /** The message that comes next; one without frames where all was passed over. */
  #next(): AllMessage | undefined | Promise<unknown> {
    const { walk, shared, window } = this.#options;
    const room = window?.room ?? Infinity;
    const start = walk.position;
    const known = shared.find(start);
    if (known !== undefined && known.taken.texts.length <= room) {
      walk.seek(known.taken.next);
      // More may have come since it was made.
      if (known.taken.isFull || walk.isAtEnd) return known;
      walk.seek(start);
    }
    const taken = walk.take({ chars: MESSAGE_CHARS, events: room });
    if (taken === undefined || taken instanceof Promise) return taken;
    const { texts } = taken;
    const frames = texts.length === 0 ? undefined : oneFrame(eventsMessage(texts.join(",")));
    const message = { frames, taken };
    if (texts.length < room) shared.set(start, message);
    return message;
  }
}
