import type { Chain } from "../../log/chain.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import type { Matcher } from "../../log/follow.ts";
import type { Follower } from "../../log/follower.ts";
import { type ChainHooks, ChainSource } from "../../sockets/chain_source.ts";
import type { Following } from "../../sockets/following.ts";
import { oneFrame } from "../../sockets/frames.ts";
import type { Progress, Source } from "../../sockets/source.ts";
import { CLOSED, CREATED } from "../chain/events.ts";
import { type Layout, placeOf } from "../chain/layout.ts";
import type { OpenChain } from "../chain/reading.ts";
import type { Extent } from "../chain/state.ts";
import { type StreamPlace, tokenOf } from "../chain/token.ts";
import { framesOf } from "./frames.ts";
import type { Sink } from "../../sockets/transport.ts";
import type { Telling } from "../typed/telling.ts";
import type { Window } from "../../sockets/window.ts";
import { type EventEncoding, nextStop } from "./frames.ts";
import { Gathering } from "./gathering.ts";
import { placeMessage } from "./messages.ts";

/** What one socket is sent of a stream. */
export interface StreamFeedOptions {
  readonly open: OpenChain;
  readonly layout: Layout;
  readonly position: number;
  readonly encoding: EventEncoding;
  /** How the events of a ledger's chain are told. */
  readonly telling: Telling | undefined;
  readonly matcher: Matcher | undefined;
  readonly window: Window | undefined;
  /** The filter in words. */
  readonly filter: string | undefined;
  /** Called when there may be more to send. */
  readonly wake: () => void;
  /** Called once, when no more will ever come: the stream was closed, or is gone. */
  readonly over: (why: "closed" | "gone") => void;
  readonly onClose: (feed: StreamFeed) => void;
}

/**
 * A stream as one socket hears it: the chains that its data lies in, one after another, and what
 * the last of them tells of the stream's life. All events that are there share a message, as far as
 * they fit it.
 */
export class StreamFeed implements Source {
  readonly #options: StreamFeedOptions;
  #rest: readonly Extent[];
  #extent: Extent;
  #source: ChainSource;
  /** Where the extent was begun, as an offset and as the place that was told before. */
  #from: number;
  #before: StreamPlace;
  #moving: Promise<void> | undefined;
  #isOver = false;

  private constructor(
    options: StreamFeedOptions,
    [first, ...rest]: readonly [Extent, ...Extent[]],
    chain: Chain,
    follower: Follower,
  ) {
    this.#options = options;
    this.#extent = first;
    this.#rest = rest;
    this.#from = follower.offset;
    this.#before = placeOf(options.layout, options.position);
    this.#source = this.#sourceOf(chain, follower);
  }

  static async open(options: StreamFeedOptions): Promise<StreamFeed> {
    const { layout, position, open, wake } = options;
    const at = layout.extents.findIndex(({ end }) => end > position);
    const [first, ...rest] = layout.extents.slice(at < 0 ? -1 : at);
    if (first === undefined) throw new Error("a stream lies nowhere");
    const chain = open(first.chain);
    const follower = await chain.attach(first.start + position - first.base, wake);
    return new StreamFeed(options, [first, ...rest], chain, follower);
  }

  /** The token to come back with. */
  get offset(): string {
    return tokenOf(this.#place);
  }

  /** The position up to which everything was sent. */
  get position(): number {
    return this.#place.position;
  }

  /** In the chain that it has come to. What comes after that one counts as it was at the beginning. */
  get following(): Following {
    const { following } = this.#source;
    const { layout, filter } = this.#options;
    const rest = this.#rest.length === 0 ? 0 : layout.tail - this.#extent.end;
    return { ...following, next: following.next + rest, filter };
  }

  send(sink: Sink, highWater: number): Progress {
    if (this.#moving !== undefined) return this.#moving;
    const { matcher, window } = this.#options;
    if (matcher === undefined && window === undefined) {
      return this.#source.send(sink, highWater);
    }
    const gathering = new Gathering(sink);
    try {
      return this.#source.send(gathering, highWater);
    } finally {
      // Also what comes before damage.
      gathering.flush();
    }
  }

  release(): void {
    this.#source.release();
  }

  close(): void {
    this.#isOver = true;
    this.#source.close();
    this.#options.onClose(this);
  }

  get #place(): StreamPlace {
    const { start, base, life } = this.#extent;
    const { told } = this.#source;
    return told === this.#from ? this.#before : { position: base + told - start, life };
  }

  #sourceOf(chain: Chain, follower: Follower): ChainSource {
    return new ChainSource(follower, this.#hooksOf(chain, follower), () => {});
  }

  #hooksOf(chain: Chain, follower: Follower): ChainHooks {
    const { matcher, window, encoding, telling } = this.#options;
    const { singles, joined } = framesOf(chain, this.#extent, encoding);
    const told = (batch: EventBatch, offset: number) => telling?.part(batch, offset) ?? batch;
    const held = (offset: number) => {
      const batch = follower.held(offset);
      const events = batch && told(batch, offset);
      if (!(events instanceof Promise)) return events;
      // Whoever comes to it hears why it cannot be made.
      events.catch(() => {});
      return undefined;
    };
    const { start, base, end, isLedger } = this.#extent;
    // The last extent goes on for ever.
    const limit = this.#rest.length === 0 ? Infinity : start + end - base;
    const frames = (stored: EventBatch, offset: number) => {
      const batch = told(stored, offset);
      if (batch instanceof Promise) return batch;
      if (matcher !== undefined) return batch.derive(singles);
      const message = joined({ batch, offset, limit, held });
      // What the window has no room for is put together for this socket alone.
      const fits = window === undefined || message.next - offset <= window.room;
      return fits ? message : batch.derive(singles);
    };
    return {
      frames,
      matcher,
      window: window && {
        get room() {
          return window.room;
        },
        get open() {
          return window.open;
        },
        sent: (offset) => window.sent(base + offset + 1 - start),
      },
      end: () => limit,
      ended: () => this.#move(),
      caughtUp: () => placeMessage("caught_up", this.offset),
      position: () => placeMessage("position", this.offset),
      ...(isLedger === true ? {} : {
        stopAt: nextStop,
        stop: (batch, index, sink) => this.#stop(batch, index, sink),
      }),
    };
  }

  /** Goes on with the next chain. */
  #move(): Promise<void> {
    const [next, ...rest] = this.#rest;
    if (next === undefined) throw new Error("a stream has no next chain");
    const { open, wake } = this.#options;
    const chain = open(next.chain);
    this.#moving = (async () => {
      const follower = await chain.attach(next.start, wake);
      this.#moving = undefined;
      if (this.#isOver) return follower.close();
      this.#before = this.#place;
      this.#source.close();
      this.#from = next.start;
      this.#extent = next;
      this.#rest = rest;
      this.#source = this.#sourceOf(chain, follower);
    })();
    return this.#moving;
  }

  /** What the life of the stream comes to; whether it goes on. */
  #stop(batch: EventBatch, index: number, sink: Sink): boolean {
    const type = batch.types[index];
    if (type === CREATED && batch.first + index === this.#extent.start) return true;
    const isClosed = type === CLOSED;
    // Nothing may be left behind where the socket is closed next.
    sink.sendAll(isClosed ? oneFrame(placeMessage("closed", this.offset)) : { texts: [] });
    this.#options.over(isClosed ? "closed" : "gone");
    return false;
  }
}
