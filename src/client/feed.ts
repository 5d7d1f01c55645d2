import type { StreamConnection } from "./connection.ts";
import { type ConnectOptions, Connector } from "./connector.ts";
import { fromBase64, readServerMessage, type ServerMessage, type WireEvent } from "./wire.ts";

/**
 * An event of a stream.
 *
 * @example Keeping an offset with what was made of the event
 * ```ts
 * import { StreamClient, type StreamEvent } from "@ledgerline/client";
 *
 * const handled = new Map<string, unknown>();
 * function handle({ offset, data }: StreamEvent<unknown>) {
 *   handled.set(offset, data);
 * }
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders");
 * for await (const event of orders.read()) handle(event);
 * ```
 */
export interface StreamEvent<T> {
  /** The place right after it: reading from here begins with the next event. An opaque text. */
  readonly offset: string;
  /** A ULID, which grows along the stream. */
  readonly id: string;
  /** When it was committed, in ISO 8601 with milliseconds, UTC. */
  readonly time: string;
  /** The chain that it is of, by its whole name; only where all chains are read. */
  readonly chain?: string;
  /** The place in that chain, where all chains are read: for reading the chain alone. */
  readonly chain_offset?: string;
  /** What kind of event it is; only the events of ledgers' chains have one. */
  readonly type?: string;
  /** What it can be chosen by beside its type; only the events of ledgers' chains have them. */
  readonly keys?: readonly string[];
  /** What was appended. */
  readonly data: T;
}

/**
 * What is said of a chain itself, where all chains are read: it was `closed` or `deleted`, began a
 * `new_life`, or is `damaged` from there on.
 *
 * @example Forgetting what was deleted
 * ```ts
 * import { type ChainState, StreamClient } from "@ledgerline/client";
 *
 * const known = new Map<string, unknown>();
 * function onChainState({ chain, state }: ChainState) {
 *   if (state === "deleted" || state === "new_life") known.delete(chain);
 * }
 * const all = new StreamClient("http://localhost:8000/v1/all");
 * for await (const { chain = "", data } of all.read({ onChainState })) known.set(chain, data);
 * await all.close();
 * ```
 */
export interface ChainState {
  /** The place right after it, as of an event. */
  readonly offset: string;
  /** The chain, by its whole name. */
  readonly chain: string;
  /** `closed`, `deleted`, `new_life` or `damaged`; later servers may have others. */
  readonly state: string;
}

/**
 * Where reading begins (`offset`, `after` or `since`), and what is wanted. What the server does not
 * take is thrown as a {@linkcode StreamError}: `offset_invalid`, `position_invalid`,
 * `filter_invalid`, `window_invalid`.
 *
 * @example The last hour
 * ```ts
 * import { type ReadOptions, StreamClient } from "@ledgerline/client";
 *
 * const options: ReadOptions = { since: new Date(Date.now() - 3_600_000), window: 100 };
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders");
 * for await (const { data } of orders.read(options)) console.log(data);
 * ```
 */
export interface ReadOptions {
  /** An offset that the server gave out, `-1` for the beginning (the default) or `now`. */
  readonly offset?: string | undefined;
  /** Instead of `offset`: what follows the event with this ULID. */
  readonly after?: string | undefined;
  /** Instead of `offset`: the first event at or after a time (text in ISO 8601), and all later. */
  readonly since?: string | Date | undefined;
  /**
   * Where all chains are read, at `/v1/all`: only the chains of these patterns of whole names, 64 at
   * the most. `*` stands for a part of a name between slashes, `**` for any number of parts.
   */
  readonly chains?: readonly string[] | undefined;
  /** Only events of one of these types, 64 at the most: for ledgers' chains. */
  readonly types?: readonly string[] | undefined;
  /** Only events with one of these keys, 64 at the most: for ledgers' chains. */
  readonly keys?: readonly string[] | undefined;
  /**
   * Backpressure: events that the server may send ahead of what the reader has taken, 1 to 10,000;
   * 2,000 by default.
   */
  readonly window?: number | undefined;
  /** Ends the reading: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with what is said of a chain itself, in its place among the events of all chains. */
  readonly onChainState?: ((news: ChainState) => void) | undefined;
  /** Called with the offset each time that the reader has everything there is. */
  readonly onCaughtUp?: ((offset: string) => void) | undefined;
}

/** Events sent and not acknowledged, where the reader does not say how many. */
const WINDOW = 2_000;

/**
 * What a stream holds from some offset on, to be iterated once. It reconnects at the offset of the
 * last event given, so that nothing is missed and nothing comes twice.
 *
 * @example Where to go on, and whether there is anything to come
 * ```ts
 * import { type Feed, StreamClient } from "@ledgerline/client";
 *
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders");
 * const feed: Feed<unknown> = orders.read();
 * for await (const { data } of feed) console.log(data);
 * console.log(feed.offset, feed.isClosed);
 * ```
 */
export class Feed<T> implements AsyncIterable<StreamEvent<T>> {
  readonly #connector: Connector;
  readonly #options: ReadOptions;
  readonly #decode: (data: unknown) => T;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #isFollowing: boolean;
  readonly #window: number;
  #offset: string | undefined;
  #isClosed = false;
  #isBinary = false;
  #unacknowledged = 0;

  /** Made by {@linkcode StreamClient.read} and {@linkcode StreamClient.follow}. */
  constructor(
    url: URL,
    connect: ConnectOptions,
    options: ReadOptions,
    shape: { readonly isFollowing: boolean; readonly decode: (data: unknown) => T },
  ) {
    const { signal } = options;
    this.#signal = signal === undefined
      ? this.#ended.signal
      : AbortSignal.any([signal, this.#ended.signal]);
    this.#connector = new Connector(url, connect, true, this.#signal);
    this.#options = options;
    this.#decode = shape.decode;
    this.#isFollowing = shape.isFollowing;
    this.#window = options.window ?? WINDOW;
  }

  /**
   * The offset to come back with: right after the last event given, or further where the filter
   * passed events over. Undefined until the server has said where reading begins.
   */
  get offset(): string | undefined {
    return this.#offset;
  }

  /** Whether the stream is closed and everything in it has been given. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * The events in the order of the log. Leaving the loop closes the socket. Throws
   * {@linkcode StreamError} where the server refuses, the signal's reason when it is aborted, and
   * what the decoder throws.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent<T>, void, void> {
    try {
      while (!this.#ended.signal.aborted) {
        const connection = await this.#connector.connect(this.#query());
        try {
          if (yield* this.#drain(connection)) return;
        } finally {
          connection.close();
        }
      }
    } finally {
      this.#ended.abort();
    }
  }

  /** Gives the events that come over one connection; true when no other has to follow. */
  async *#drain(connection: StreamConnection): AsyncGenerator<StreamEvent<T>, boolean, void> {
    this.#unacknowledged = 0;
    for (;;) {
      const next = await connection.next(this.#signal);
      if (typeof next !== "string") {
        this.#connector.ended(next);
        return false;
      }
      const message = readServerMessage(next);
      if (message?.type === "events") {
        this.#connector.succeeded();
        for (const event of message.events) {
          if (this.#signal.aborted) break;
          this.#offset = event.offset;
          const { offset, chain = "", state } = event;
          if (state === undefined) yield this.#eventOf(event);
          else this.#options.onChainState?.({ offset, chain, state });
          this.#acknowledge(connection);
        }
      } else if (message !== undefined && this.#isLast(message)) return true;
    }
  }

  /** Takes a message that has no events; true where it ends the reading. */
  #isLast(message: ServerMessage): boolean {
    switch (message.type) {
      case "start":
        this.#isBinary = message.encoding === "base64";
        this.#offset = message.offset ?? this.#offset;
        return false;
      case "position":
        this.#offset = message.offset;
        return false;
      case "caught_up":
        this.#connector.succeeded();
        this.#offset = message.offset;
        this.#options.onCaughtUp?.(message.offset);
        return !this.#isFollowing;
      case "closed":
        this.#isClosed = true;
        return true;
      default:
        return false;
    }
  }

  #eventOf(event: WireEvent): StreamEvent<T> {
    const { encoding, state: _, ...rest } = event;
    const isBinary = this.#isBinary || encoding === "base64";
    const data = isBinary ? fromBase64(String(event.data)) : event.data;
    return { ...rest, data: this.#decode(data) };
  }

  /** Acknowledges every half a window, so that the server never has to wait for a reader at work. */
  #acknowledge(connection: StreamConnection): void {
    if (++this.#unacknowledged * 2 < this.#window) return;
    this.#unacknowledged = 0;
    connection.send(JSON.stringify({ type: "ack", offset: this.#offset }));
  }

  #query(): URLSearchParams {
    const { offset, after, since, chains = [], types = [], keys = [] } = this.#options;
    const query = new URLSearchParams();
    if (this.#offset !== undefined) query.set("offset", this.#offset);
    else if (after !== undefined) query.set("after", after);
    else if (since !== undefined) {
      query.set("since", typeof since === "string" ? since : since.toISOString());
    } else query.set("offset", offset ?? "-1");
    for (const chain of chains) query.append("chain", chain);
    for (const type of types) query.append("type", type);
    for (const key of keys) query.append("key", key);
    query.set("window", String(this.#window));
    return query;
  }
}
