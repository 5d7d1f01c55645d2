import { type ConnectOptions, Connector } from "./connector.ts";
import { Feed, type ReadOptions } from "./feed.ts";
import { type Appended, type Producer, Writer } from "./writer.ts";

/** How a stream is reached, and what its data is. Every field may be left out. */
export interface StreamOptions<T> extends ConnectOptions {
  /** Makes an event's data of what came: a parsed JSON value, or bytes. */
  readonly decode?: ((data: unknown) => T) | undefined;
  /**
   * Who appends. Left out it is somebody new; whoever comes back under the same id takes the next
   * epoch, so that what a former self still has under way is refused.
   */
  readonly producer?: Producer | undefined;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One stream of a Ledgerline server, by its URL (`http://localhost:8000/v1/stream/orders`), over
 * WebSockets as WEBSOCKET.md describes them. Nothing is opened before it is needed.
 */
export class StreamClient<T = unknown> {
  readonly url: URL;
  readonly #options: StreamOptions<T>;
  readonly #ended = new AbortController();
  #writer: Writer | undefined;

  constructor(url: string | URL, options: StreamOptions<T> = {}) {
    this.url = new URL(url);
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) this.#ended.abort(signal.reason);
    signal?.addEventListener("abort", () => this.#ended.abort(signal.reason), { once: true });
  }

  /** Everything there is at the moment, from a place on; the iteration ends there. */
  read(options: ReadOptions = {}): Feed<T> {
    return this.#feed(options, false);
  }

  /** Everything there is and will be, from a place on, until the stream is closed. */
  follow(options: ReadOptions = {}): Feed<T> {
    return this.#feed(options, true);
  }

  /** Appends one message. Resolves when it is durable; throws `StreamError` where it is refused. */
  append(value: T): Promise<Appended> {
    return this.appendAll([value]);
  }

  /** Appends messages, all or none; bytes go one at a time. */
  appendAll(values: readonly T[]): Promise<Appended> {
    const [first] = values;
    if (!(first instanceof Uint8Array)) {
      return this.#write().append({ values: values.map((value) => textOf(value)) });
    }
    if (values.length === 1) return this.#write().append({ bytes: first });
    return Promise.reject(new TypeError("An append holds one array of bytes"));
  }

  /** Closes the stream for good: nothing can be appended afterwards. */
  end(): Promise<Appended> {
    return this.#write().append("close");
  }

  /** Waits until everything is written, and ends what is read. */
  async close(): Promise<void> {
    await this.#writer?.close();
    this.#ended.abort(new DOMException("The client was closed", "AbortError"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #feed(options: ReadOptions, isFollowing: boolean): Feed<T> {
    // Without a decoder T is what whoever names it says it is.
    const { decode = (data: unknown) => data as T } = this.#options;
    const { signal } = options;
    const either = signal === undefined
      ? this.#ended.signal
      : AbortSignal.any([signal, this.#ended.signal]);
    return new Feed(this.url, this.#options, { ...options, signal: either }, {
      isFollowing,
      decode,
    });
  }

  #write(): Writer {
    if (this.#writer !== undefined) return this.#writer;
    const { signal } = this.#ended;
    const { producer = { id: randomId(), epoch: 0 } } = this.#options;
    const connector = new Connector(this.url, this.#options, false, signal);
    this.#writer = new Writer(connector, producer, signal);
    return this.#writer;
  }
}

/** JSON of a value. Throws `TypeError` for what has none. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError("This value has no form in JSON");
  return text;
}

/** Pages that did not come over TLS have no `randomUUID`. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
