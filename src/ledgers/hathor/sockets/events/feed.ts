import type { EventBatch } from "../../../../log/event_batch.ts";
import type { Follower } from "../../../../log/follower.ts";
import type { Progress, Source } from "../../../../sockets/source.ts";
import type { Transport } from "../../../../sockets/transport.ts";
import { Waiting } from "../waiting.ts";
import type { BatchTopics, EventMatcher, TopicsFramer } from "./filter.ts";
import type { EventFramer, FramesPart } from "./frames.ts";
import type { LatestEvent } from "./latest_event.ts";
import { EventWindow } from "./window.ts";

/** What a feed sends, and how far. */
export interface FeedOptions {
  readonly follower: Follower;
  readonly framer: EventFramer;
  readonly topicsOf: TopicsFramer;
  readonly matcher: EventMatcher | undefined;
  readonly latest: LatestEvent;
  readonly window: number;
  /** The id of the event before the first one to be sent; -1 before all. */
  readonly lastAck: number;
  readonly wake: () => void;
  readonly onClose: (feed: EventFeed) => void;
}

/** What is made of a part of a batch before any of it is sent. */
interface Ready extends FramesPart {
  readonly batch: EventBatch;
  readonly topics: BatchTopics | undefined;
}

/**
 * One stream of events: a cursor in the log, history and live alike, and the window of a client
 * that acknowledges.
 */
export class EventFeed implements Source {
  readonly #options: FeedOptions;
  readonly #window: EventWindow;
  readonly #waiting = new Waiting();
  #ready: Ready | undefined;
  #isOver = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#window = new EventWindow(options.window, options.lastAck, options.matcher !== undefined);
  }

  /** Offset of the next event to look at. */
  get offset(): number {
    return this.#options.follower.offset;
  }

  /** The last event that was sent, or that the stream began after. */
  get lastSent(): number {
    return this.#window.last;
  }

  /** Takes an acknowledgement of everything up to `id`, and the window from now on. */
  acknowledge(id: number, window: number): void {
    this.#window.acknowledge(id, window);
    this.#options.wake();
  }

  send(transport: Transport, highWater: number): Progress {
    const { follower } = this.#options;
    while (this.#window.room > 0 && !this.#waiting.isPending && !this.#isOver) {
      if (transport.buffered >= highWater) return "full";
      const batch = follower.peek();
      if (batch === undefined) return "caught_up";
      if (batch instanceof Promise) return this.#waiting.for(batch);
      const from = follower.offset - batch.first;
      const ready = this.#ready;
      if (ready?.batch !== batch || from < ready.from || from >= ready.to) {
        return this.#waiting.for(this.#make(batch, from));
      }
      const reached = this.#sendPart(transport, ready, from);
      follower.offset = batch.first + reached;
      if (reached < ready.to && this.#window.room > 0) return "full";
    }
    return "caught_up";
  }

  release(): void {
    this.#options.follower.release();
    this.#ready = undefined;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.follower.close();
    this.#options.onClose(this);
  }

  async #make(batch: EventBatch, index: number): Promise<void> {
    const { framer, topicsOf, matcher } = this.#options;
    const part = await batch.derive(framer).partAt(index);
    const topics = matcher === undefined ? undefined : await batch.derive(topicsOf).get();
    this.#ready = { ...part, batch, topics };
  }

  /** Sends from an index of a batch on; returns the index after the last event it is done with. */
  #sendPart(transport: Transport, ready: Ready, from: number): number {
    const { batch, frames, topics, from: first, to: end } = ready;
    const { matcher, latest } = this.#options;
    const window = this.#window;
    const messages = frames.at(Math.max(latest.id, batch.next - 1));
    if (matcher === undefined || topics === undefined) {
      const to = Math.min(end, from + window.room);
      const reached = first + transport.sendFrames(messages, from - first, to - first);
      if (reached > from) window.add(batch.first + reached - 1);
      return reached;
    }
    for (let index = from; index < end; index++) {
      if (!matcher(batch, topics, index)) continue;
      if (window.room <= 0) return index;
      const at = index - first;
      if (transport.sendFrames(messages, at, at + 1) === at) return index;
      window.add(batch.first + index);
    }
    return end;
  }
}
