import type { Connection } from "./connection.ts";
import { type ConnectOptions, Connector } from "./connector.ts";
import { bytesOf, readMessage, type ServerMessage, type WireEvent } from "./wire.ts";

/** An event of a stream. */
export interface StreamEvent<T> {
  /** The place after it: what to come back with. */
  readonly offset: string;
  /** Its ULID. */
  readonly id: string;
  /** When it was committed, as in ISO 8601. */
  readonly time: string;
  /** The type and keys that it can be chosen by; a ledger's events have them. */
  readonly type?: string;
  readonly keys?: readonly string[];
  readonly data: T;
}

/** Where reading begins, and what is wanted. */
export interface ReadOptions {
  /** An offset that the server gave out, `-1` for the beginning (the default) or `now`. */
  readonly offset?: string | undefined;
  /** Instead: what follows the event of that ULID. */
  readonly after?: string | undefined;
  /** Instead: the first event at or after a time. */
  readonly since?: string | Date | undefined;
  /** Only events of one of these types, or with one of these keys: for ledgers' chains. */
  readonly types?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  /** Events held here that the reader has not taken yet, at the most; 2,000. */
  readonly window?: number | undefined;
  /** Ends the reading: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told each time that there is nothing more at the moment. */
  readonly onCaughtUp?: ((offset: string) => void) | undefined;
}

const WINDOW = 2_000;

/**
 * What a stream holds from some place on, once through: an async iterator that goes on over lost
 * connections with nothing missed and nothing twice.
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

  /** Where to begin another time, with the event after the last one given. */
  get offset(): string | undefined {
    return this.#offset;
  }

  /** Whether the stream was closed, and everything in it has been given. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

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

  /** Gives what comes over one connection; true when there is to be no other. */
  async *#drain(connection: Connection): AsyncGenerator<StreamEvent<T>, boolean, void> {
    this.#unacknowledged = 0;
    for (;;) {
      const next = await connection.next(this.#signal);
      if (typeof next !== "string") {
        this.#connector.ended(next);
        return false;
      }
      const message = readMessage(next);
      if (message?.type === "events") {
        this.#connector.succeeded();
        for (const event of message.events) {
          this.#offset = event.offset;
          yield this.#eventOf(event);
          this.#acknowledge(connection);
        }
      } else if (message !== undefined && this.#isLast(message)) return true;
    }
  }

  /** Takes a message that is not events; true where it is the last one wanted. */
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
    const data = this.#isBinary ? bytesOf(String(event.data)) : event.data;
    return { ...event, data: this.#decode(data) };
  }

  /** Says now and then how much was taken, so that the server goes on. */
  #acknowledge(connection: Connection): void {
    if (++this.#unacknowledged * 2 < this.#window) return;
    this.#unacknowledged = 0;
    connection.send(JSON.stringify({ type: "ack", offset: this.#offset }));
  }

  #query(): URLSearchParams {
    const { offset, after, since, types = [], keys = [] } = this.#options;
    const query = new URLSearchParams();
    if (this.#offset !== undefined) query.set("offset", this.#offset);
    else if (after !== undefined) query.set("after", after);
    else if (since !== undefined) {
      query.set("since", typeof since === "string" ? since : since.toISOString());
    } else query.set("offset", offset ?? "-1");
    for (const type of types) query.append("type", type);
    for (const key of keys) query.append("key", key);
    query.set("window", String(this.#window));
    return query;
  }
}
