import { POSITION_EVERY } from "../kernel/limits.ts";
import type { EventBatch } from "../log/event_batch.ts";
import type { Follower } from "../log/follower.ts";
import type { Following } from "./following.ts";
import { type EventFrames, type Framer, oneFrame, saysAt } from "./frames.ts";
import type { Progress, Source } from "./source.ts";
import type { Sink } from "./transport.ts";
import type { Credit } from "./window.ts";

/** What a dialect says of what it is sent: the hooks of a {@linkcode ChainSource}. */
export interface ChainHooks<F extends EventFrames = EventFrames> {
  /**
   * The messages of a batch, or of a part of it that holds the event at `offset`. After a promise it
   * is asked again. The same object for all sockets, wherever messages can be shared.
   */
  frames(batch: EventBatch, offset: number): F | Promise<unknown>;
  /** Which events are wanted; all where it is left out. May change while it runs. */
  matcher?: ((batch: EventBatch, index: number) => boolean) | undefined;
  /**
   * Of events with several texts, which of these are sent: the frames that have it at the same
   * index, or undefined for a text that is not for this socket.
   */
  readonly pick?: (frames: F, offset: number, at: number) => EventFrames | undefined;
  /** Flow control: how many events may be sent that are not acknowledged. */
  readonly window?: Credit | undefined;
  /** Index of the next event, from `index` on, at which to stop and ask {@linkcode stop}. */
  readonly stopAt?: (batch: EventBatch, index: number) => number | undefined;
  /** Says what there is to say of the event that it has come to; whether it goes on after it. */
  readonly stop?: (batch: EventBatch, index: number, sink: Sink) => boolean;
  /** Offset before which it ends, and what then. */
  readonly end?: () => number;
  readonly ended?: () => Progress;
  /** The message, if any, that says there is nothing more at the moment. */
  readonly caughtUp?: (next: number) => string;
  /** The message, if any, that tells a filtered client how far it has come. */
  readonly position?: (next: number) => string;
  /** Which events are wanted, in words, for whoever watches over the connections. */
  readonly filter?: () => string | undefined;
}

/** The hooks of a dialect that has one message for each event. */
export type FramerHooks = Pick<ChainHooks, "matcher" | "caughtUp" | "position" | "filter"> & {
  readonly framer: Framer;
};

export function hooksOf({ framer, ...hooks }: FramerHooks): ChainHooks {
  return { ...hooks, frames: (batch) => batch.derive(framer) };
}

/**
 * The source that is fed by the log: one cursor of one socket, for history and live alike. It takes
 * batch after batch from a follower, has the dialect's hooks make messages of them, and sends these
 * as far as backpressure and the window let it, each event once and in order.
 */
export class ChainSource<F extends EventFrames = EventFrames> implements Source {
  readonly hooks: ChainHooks<F>;
  readonly #follower: Follower;
  readonly #onClose: (source: ChainSource<F>) => void;
  #isBehind = true;
  /** It has come to its stop, and sends no more. */
  #isStopped = false;
  #isClosed = false;
  #told: number;
  #passedOver = 0;
  /** Texts of the event at the offset that are done with, where it has several. */
  #texts = 0;

  constructor(follower: Follower, hooks: ChainHooks<F>, onClose: (source: ChainSource<F>) => void) {
    this.#follower = follower;
    this.hooks = hooks;
    this.#onClose = onClose;
    this.#told = follower.offset;
  }

  /** Offset of the next event to look at. */
  get offset(): number {
    return this.#follower.offset;
  }

  get following(): Following {
    const { hooks } = this;
    const { chain, offset, end, time } = this.#follower;
    const next = Math.min(end, hooks.end?.() ?? end);
    return {
      chain,
      filter: hooks.filter?.(),
      offset,
      next,
      time,
      unacknowledged: hooks.window?.open,
    };
  }

  /** Offset after the last event that was sent, or that the matcher has passed over. */
  get told(): number {
    return this.#told;
  }

  /** Whether there is more than it has sent, as far as is known: it has not come to the end, or was full since. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  send(sink: Sink, highWater: number): Progress {
    const { hooks } = this;
    const follower = this.#follower;
    while (!this.#isClosed && !this.#isStopped) {
      const end = hooks.end?.() ?? Infinity;
      if (follower.offset >= end) return hooks.ended?.() ?? "caught_up";
      if (sink.buffered >= highWater) return this.#behind("full");
      // Nothing is read for a full window; a matcher may pass over what comes next all the same.
      if (this.#isHeld && hooks.matcher === undefined && !follower.isCaughtUp) {
        return this.#behind("caught_up");
      }
      const batch = follower.peek();
      if (batch === undefined) {
        this.#tellCaughtUp(sink);
        break;
      }
      if (batch instanceof Promise) return this.#behind(batch);
      const index = follower.offset - batch.first;
      const stop = hooks.stopAt?.(batch, index) ?? batch.count;
      if (stop === index) {
        follower.offset++;
        if (hooks.stop?.(batch, index, sink) === false) this.#isStopped = true;
        continue;
      }
      const frames = hooks.frames(batch, follower.offset);
      if (frames instanceof Promise) return frames;
      const to = Math.min(frames.next, batch.first + stop, end);
      if (to <= follower.offset) throw new Error("messages were made of other events");
      const reached = this.#sendTo(to, sink, batch, frames);
      follower.offset = reached;
      if (reached < to) return this.#behind(this.#isHeld ? "caught_up" : "full");
    }
    return "caught_up";
  }

  release(): void {
    this.#follower.release();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#follower.close();
    this.#onClose(this);
  }

  /** Whether the window is full. */
  get #isHeld(): boolean {
    const { window } = this.hooks;
    return window !== undefined && window.room <= 0;
  }

  /** That there is no more is news again. */
  #behind(progress: Progress): Progress {
    this.#isBehind = true;
    return progress;
  }

  #tellCaughtUp(sink: Sink): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    const text = this.hooks.caughtUp?.(this.offset);
    if (text !== undefined) sink.sendAll(oneFrame(text));
  }

  /** Sends the events before offset `to`; returns the offset after the last one it is done with. */
  #sendTo(to: number, sink: Sink, batch: EventBatch, frames: F): number {
    const { hooks, offset } = this;
    if (hooks.pick !== undefined) return this.#sendPicked(to, sink, frames, hooks.pick);
    if (hooks.matcher !== undefined) return this.#sendMatching(to, sink, batch, frames);
    if (frames.isJoined !== true) return this.#sendRun(offset, to, sink, frames);
    if (sink.sendFrames(frames, 0, 1) === 0) return offset;
    if (!saysAt(frames, 0)) return frames.next;
    this.#told = frames.next;
    if (hooks.window === undefined) return frames.next;
    const { leftOut = [], next } = frames;
    for (let at = offset, passed = 0; at < next; at++) {
      if (leftOut[passed] === at) passed++;
      else hooks.window.sent(at);
    }
    return next;
  }

  /** Sends events that are all wanted, in one call where no window is in between. */
  #sendRun(from: number, to: number, sink: Sink, frames: EventFrames): number {
    const { first } = frames;
    const { window } = this.hooks;
    for (let at = from;;) {
      const most = window === undefined ? to : Math.min(to, at + window.room);
      const reached = first + sink.sendFrames(frames, at - first, most - first);
      let told = reached;
      while (told > at && !saysAt(frames, told - 1 - first)) told--;
      if (told > at) this.#told = told;
      if (window === undefined) return reached;
      for (; at < reached; at++) if (saysAt(frames, at - first)) window.sent(at);
      // What says nothing takes no room.
      if (reached < most || reached === to || window.room <= 0) return reached;
    }
  }

  #sendMatching(to: number, sink: Sink, batch: EventBatch, frames: EventFrames): number {
    const { matcher, window, position } = this.hooks;
    const isWanted = (offset: number) => matcher?.(batch, offset - batch.first) ?? true;
    let offset = this.offset;
    while (offset < to) {
      const most = window === undefined ? to : Math.min(to, offset + window.room);
      let end = offset;
      while (end < most && isWanted(end)) end++;
      if (end > offset) {
        const reached = this.#sendRun(offset, end, sink, frames);
        if (reached > offset) this.#passedOver = 0;
        if (reached < end) return reached;
        offset = end;
        continue;
      }
      if (most === offset && isWanted(offset)) return offset;
      if (!saysAt(frames, offset++ - frames.first)) continue;
      this.#told = offset;
      if (++this.#passedOver % POSITION_EVERY === 0 && position !== undefined) {
        sink.sendAll(oneFrame(position(offset)));
      }
    }
    return to;
  }

  #sendPicked(
    to: number,
    sink: Sink,
    frames: F,
    pick: NonNullable<ChainHooks<F>["pick"]>,
  ): number {
    const { first, ends = [] } = frames;
    for (let offset = this.offset; offset < to; offset++) {
      const begin = ends[offset - first - 1] ?? 0;
      const end = ends[offset - first] ?? begin;
      for (let at = begin + this.#texts; at < end; at++) {
        const picked = pick(frames, offset, at);
        if (picked === undefined || sink.sendFrames(picked, at, at + 1) > at) continue;
        this.#texts = at - begin;
        return offset;
      }
      this.#texts = 0;
      this.#told = offset + 1;
    }
    return to;
  }
}
