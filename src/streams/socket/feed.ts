import type { EventBatch } from "../../log/event_batch.ts";
import type { Matcher } from "../../log/follow.ts";
import type { Follower } from "../../log/follower.ts";
import { POSITION_EVERY } from "../../kernel/limits.ts";
import type { Progress, Source } from "../../sockets/source.ts";
import type { Transport } from "../../sockets/transport.ts";
import { CLOSED, CREATED, isData } from "../chain/events.ts";
import { type Layout, placeOf } from "../chain/layout.ts";
import type { OpenChain } from "../chain/reading.ts";
import type { Extent } from "../chain/state.ts";
import { type Place, tokenOf } from "../chain/token.ts";
import { bodyOf, type ExtentFrames, type Form, framesOf, stopsOf } from "./frames.ts";
import { Gathering } from "./gathering.ts";
import { placeMessage } from "./messages.ts";
import type { Window } from "./window.ts";

/** What one socket is sent of a stream. */
export interface FeedOptions {
  readonly open: OpenChain;
  readonly layout: Layout;
  readonly position: number;
  readonly form: Form;
  readonly matcher: Matcher | undefined;
  readonly window: Window | undefined;
  /** Called when there may be more to send. */
  readonly wake: () => void;
  /** Called once, when no more will ever come: the stream was closed, or is gone. */
  readonly over: (why: "closed" | "gone") => void;
  readonly onClose: (feed: Feed) => void;
}

const NO_STOPS: readonly number[] = [];

/**
 * A stream as one socket hears it: the chains that its data lies in, one after another, and what
 * the last of them tells of the stream's life. Behind the end several events share a message; at
 * the end each has its own.
 */
export class Feed implements Source {
  readonly #options: FeedOptions;
  readonly #gathering = new Gathering();
  #extent: Extent;
  #rest: readonly Extent[];
  #frames: ExtentFrames;
  #follower: Follower;
  /** After the last event that was sent or passed over. */
  #place: Place;
  #moving: Promise<void> | undefined;
  #isBehind = true;
  #isOver = false;
  #passedOver = 0;

  private constructor(
    options: FeedOptions,
    extents: readonly [Extent, ...Extent[]],
    follower: Follower,
  ) {
    const { layout, position, open, form } = options;
    [this.#extent, ...this.#rest] = extents;
    this.#options = options;
    this.#follower = follower;
    this.#frames = framesOf(open(this.#extent.chain), this.#extent, form);
    this.#place = placeOf(layout, position);
  }

  static async open(options: FeedOptions): Promise<Feed> {
    const { layout, position, open, wake } = options;
    const at = layout.extents.findIndex(({ end }) => end > position);
    const [first, ...rest] = layout.extents.slice(at < 0 ? -1 : at);
    if (first === undefined) throw new Error("a stream lies nowhere");
    const offset = first.start + position - first.base;
    return new Feed(options, [first, ...rest], await open(first.chain).attach(offset, wake));
  }

  /** The token to come back with. */
  get offset(): string {
    return tokenOf(this.#place);
  }

  /** The position up to which everything was sent. */
  get position(): number {
    return this.#place.position;
  }

  send(transport: Transport, highWater: number): Progress {
    const progress = this.#send(transport, highWater);
    this.#gathering.flush(transport);
    return progress;
  }

  release(): void {
    this.#follower.release();
  }

  close(): void {
    this.#isOver = true;
    this.#follower.close();
    this.#options.onClose(this);
  }

  #send(transport: Transport, highWater: number): Progress {
    while (!this.#isOver) {
      if (this.#moving !== undefined) return this.#moving;
      if (transport.buffered >= highWater) {
        this.#isBehind = true;
        return "full";
      }
      const limit = this.#limit;
      if (this.#follower.offset >= limit) return this.#move();
      const batch = this.#follower.peek();
      if (batch === undefined) {
        this.#tellCaughtUp(transport);
        return "caught_up";
      }
      if (batch instanceof Promise) {
        this.#isBehind = true;
        return batch;
      }
      const from = this.#follower.offset - batch.first;
      const stops = this.#extent.isLedger === true ? NO_STOPS : batch.derive(stopsOf);
      const stop = stops.find((index) => index >= from) ?? Infinity;
      if (stop === from) {
        this.#stop(transport, batch, from);
        continue;
      }
      const to = Math.min(batch.count, limit - batch.first, stop);
      const reached = this.#sendPart(transport, batch, from, to);
      this.#passed(batch, from, reached);
      if (reached < to) {
        this.#isBehind = true;
        return this.#options.window?.room === 0 ? "caught_up" : "full";
      }
    }
    return "caught_up";
  }

  /** Offset of the log after the extent's last event. The last extent goes on for ever. */
  get #limit(): number {
    const { start, base, end } = this.#extent;
    return this.#rest.length === 0 ? Infinity : start + end - base;
  }

  /** Goes on with the next chain. */
  #move(): Promise<void> {
    const [next, ...rest] = this.#rest;
    if (next === undefined) throw new Error("a stream has no next chain");
    const { open, form, wake } = this.#options;
    const chain = open(next.chain);
    this.#moving = (async () => {
      const follower = await chain.attach(next.start, wake);
      this.#follower.close();
      this.#follower = follower;
      this.#extent = next;
      this.#rest = rest;
      this.#frames = framesOf(chain, next, form);
      this.#moving = undefined;
      if (this.#isOver) follower.close();
    })();
    return this.#moving;
  }

  /** Sends the events `from` to `to - 1`; returns the index after the last one it is done with. */
  #sendPart(transport: Transport, batch: EventBatch, from: number, to: number): number {
    const { matcher, window } = this.#options;
    if (this.#isBehind) {
      return matcher === undefined && window === undefined
        ? this.#sendGroups(transport, batch, from, to)
        : this.#sendChosen(transport, batch, from, to);
    }
    const frames = batch.derive(this.#frames.singles);
    if (matcher === undefined && window === undefined) {
      return transport.sendFrames(frames, from, to);
    }
    return this.#eachChosen(
      transport,
      batch,
      from,
      to,
      (index) => transport.sendFrames(frames, index, index + 1) > index,
    );
  }

  /** Sends messages of several events, ready-made where they are large enough. */
  #sendGroups(transport: Transport, batch: EventBatch, from: number, to: number): number {
    const { frames, ends } = batch.derive(this.#frames.groups);
    let at = from;
    for (let group = 0; at < to && group < ends.length; group++) {
      const end = ends[group] ?? 0;
      if (end <= at) continue;
      const isWhole = end <= to && at <= (ends[group - 1] ?? 0);
      if (!isWhole) {
        const last = Math.min(end, to);
        this.#gather(transport, batch, at, last);
        at = last;
        continue;
      }
      const text = frames.texts[group] ?? "";
      if (this.#gathering.isWorthJoining(text.length)) {
        this.#gathering.add(transport, bodyOf(text));
      } else {
        this.#gathering.flush(transport);
        if (transport.sendFrames(frames, group, group + 1) === group) return at;
      }
      at = end;
    }
    return to;
  }

  #gather(transport: Transport, batch: EventBatch, from: number, to: number): void {
    const { texts } = batch.derive(this.#frames.singles);
    for (let index = from; index < to; index++) {
      const text = texts[index];
      if (text !== undefined) this.#gathering.add(transport, bodyOf(text));
    }
  }

  /** Sends messages of those events that are wanted and that the window has room for. */
  #sendChosen(transport: Transport, batch: EventBatch, from: number, to: number): number {
    return this.#eachChosen(transport, batch, from, to, (index) => {
      this.#gather(transport, batch, index, index + 1);
      return true;
    });
  }

  #eachChosen(
    transport: Transport,
    batch: EventBatch,
    from: number,
    to: number,
    send: (index: number) => boolean,
  ): number {
    const { matcher, window } = this.#options;
    for (let index = from; index < to; index++) {
      if (!this.#isEvent(batch, index)) continue;
      if (matcher !== undefined && !matcher(batch, index)) {
        this.#passOver(transport, batch, index);
        continue;
      }
      if (window?.room === 0 || !send(index)) return index;
      window?.add(this.#positionAfter(batch, index));
      this.#passedOver = 0;
    }
    return to;
  }

  #passOver(transport: Transport, batch: EventBatch, index: number): void {
    if (++this.#passedOver % POSITION_EVERY !== 0) return;
    this.#passed(batch, index, index + 1);
    this.#tell(transport, placeMessage("position", this.offset));
  }

  /** Notes that all before the index `to` is done with. */
  #passed(batch: EventBatch, from: number, to: number): void {
    this.#follower.offset = batch.first + to;
    for (let index = to - 1; index >= from; index--) {
      if (!this.#isEvent(batch, index)) continue;
      this.#place = { position: this.#positionAfter(batch, index), life: this.#extent.life };
      return;
    }
  }

  #isEvent(batch: EventBatch, index: number): boolean {
    return this.#extent.isLedger === true || isData(batch.types[index] ?? "");
  }

  #positionAfter(batch: EventBatch, index: number): number {
    return this.#extent.base + batch.first + index + 1 - this.#extent.start;
  }

  /** What the life of the stream comes to. */
  #stop(transport: Transport, batch: EventBatch, index: number): void {
    const offset = batch.first + index;
    const type = batch.types[index];
    this.#follower.offset = offset + 1;
    if (type === CREATED && offset === this.#extent.start) return;
    const isClosed = type === CLOSED;
    if (isClosed) this.#tell(transport, placeMessage("closed", this.offset));
    else this.#gathering.flush(transport);
    this.#isOver = true;
    this.#options.over(isClosed ? "closed" : "gone");
  }

  #tellCaughtUp(transport: Transport): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#tell(transport, placeMessage("caught_up", this.offset));
  }

  #tell(transport: Transport, text: string): void {
    this.#gathering.flush(transport);
    transport.sendText(text);
  }
}
