import { type ConnectOptions, Connector } from "./connector.ts";
import { Feed, type ReadOptions } from "./feed.ts";
import { type Appended, type Conditions, type Producer, Writer } from "./writer.ts";

/**
 * How a stream is reached, and what its data is. Every field may be left out.
 *
 * @example Checking what comes
 * ```ts
 * import { StreamClient } from "@ledgerline/client";
 *
 * function decode(data: unknown): number {
 *   if (typeof data !== "number") throw new TypeError("not a number");
 *   return data;
 * }
 * const numbers = new StreamClient("http://localhost:8000/v1/stream/numbers", { decode });
 * await numbers.append(42);
 * for await (const { data } of numbers.read()) console.log(data.toFixed(2));
 * await numbers.close();
 * ```
 */
export interface StreamOptions<T> extends ConnectOptions {
  /**
   * Makes an event's data of what came: a parsed JSON value, or a `Uint8Array` where the stream is
   * not of JSON. What it throws, the iteration throws. Without one, `T` is taken on trust.
   */
  readonly decode?: ((data: unknown) => T) | undefined;
  /** Who appends: a new producer with a random id, where it is left out. */
  readonly producer?: Producer | undefined;
  /** Ends everything that is under way, which throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One stream of a Ledgerline server: a consumer and a producer of it, over the WebSocket protocol
 * `ledgerline.v1`. `T` is an event's data: a JSON value, or a `Uint8Array` in streams of any other
 * content type. A socket is opened when something is read or appended, and not before.
 *
 * @example Appending and reading
 * ```ts
 * import { StreamClient } from "@ledgerline/client";
 *
 * type Order = { readonly item: string; readonly count: number };
 *
 * const orders = new StreamClient<Order>("http://localhost:8000/v1/stream/orders");
 * await orders.append({ item: "tea", count: 2 });
 * for await (const { data } of orders.read()) console.log(data.item, data.count);
 * await orders.close();
 * ```
 */
export class StreamClient<T = unknown> {
  /** Where the stream is. */
  readonly url: URL;
  readonly #options: StreamOptions<T>;
  readonly #ended = new AbortController();
  #writer: Writer | undefined;

  /**
   * A client of the stream at `url`, an `http:` or `https:` URL such as
   * `http://localhost:8000/v1/stream/orders`, or of a ledger's chain, which can be read:
   * `…/v1/stream/hierachain/supply_chain`, or of all of them: `…/v1/all`. Throws `TypeError` for what
   * is no URL.
   */
  constructor(url: string | URL, options: StreamOptions<T> = {}) {
    this.url = new URL(url);
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) this.#ended.abort(signal.reason);
    signal?.addEventListener("abort", () => this.#ended.abort(signal.reason), { once: true });
  }

  /**
   * What the stream holds now, from an offset on: the iteration ends when it has caught up.
   * Iterating throws {@linkcode StreamError} where the server refuses.
   *
   * @example Reading on from where an earlier read ended
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * const orders = new StreamClient("http://localhost:8000/v1/stream/orders");
   * const first = orders.read();
   * for await (const { data } of first) console.log(data);
   * for await (const { data } of orders.read({ offset: first.offset })) console.log("new", data);
   * await orders.close();
   * ```
   */
  read(options: ReadOptions = {}): Feed<T> {
    return this.#feed(options, false);
  }

  /**
   * What the stream holds and what is appended later, from an offset on: the iteration ends when the
   * stream is closed. Iterating throws {@linkcode StreamError} where the server refuses or the stream
   * is deleted.
   *
   * @example Following, with the end of the backlog told
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * const orders = new StreamClient("http://localhost:8000/v1/stream/orders");
   * await orders.append({ item: "tea", count: 2 });
   * const onCaughtUp = (offset: string) => console.log("live from", offset);
   * for await (const { time, data } of orders.follow({ onCaughtUp })) {
   *   console.log(time, data);
   *   break;
   * }
   * await orders.close();
   * ```
   *
   * @example All chains of some patterns, in one order
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * const all = new StreamClient("http://localhost:8000/v1/all");
   * for await (const { chain, data } of all.follow({ chains: ["hierachain/*", "streams/**"] })) {
   *   console.log(chain, data);
   *   break;
   * }
   * await all.close();
   * ```
   */
  follow(options: ReadOptions = {}): Feed<T> {
    return this.#feed(options, true);
  }

  /**
   * Appends one message, exactly once: without an answer it is sent again under the same sequence
   * number, and the server takes it for the one it has. Resolves when it is durable; rejects with
   * {@linkcode StreamError} where it is refused (`too_large` beyond 60,000 characters or bytes: POST
   * those). Appends that are made while another is under way go together, in order. After what no
   * append can get over (`not_found`, `unauthorized`, `unreachable`, `producer_fenced` …) all later
   * ones of this client reject with the same error. One with conditions goes alone.
   *
   * @example Appending many at once
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * const numbers = new StreamClient<number>("http://localhost:8000/v1/stream/numbers");
   * await Promise.all([1, 2, 3].map((n) => numbers.append(n)));
   * await numbers.close();
   * ```
   */
  append(value: T, conditions?: Conditions): Promise<Appended> {
    return this.appendAll([value], conditions);
  }

  /**
   * Appends messages in one transaction, all or none, otherwise as {@linkcode append}. Rejects with
   * `TypeError` for several arrays of bytes, which go one at a time, and for what JSON cannot say.
   *
   * @example Two messages, or none
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * const numbers = new StreamClient<number>("http://localhost:8000/v1/stream/numbers");
   * const { offset } = await numbers.appendAll([1, 2]);
   * console.log("both are before", offset);
   * await numbers.close();
   * ```
   */
  appendAll(values: readonly T[], conditions?: Conditions): Promise<Appended> {
    const [first] = values;
    if (!(first instanceof Uint8Array)) {
      const payload = { values: values.map((value) => textOf(value)) };
      return this.#write().append(payload, conditions);
    }
    if (values.length === 1) return this.#write().append({ bytes: first }, conditions);
    return Promise.reject(new TypeError("An append holds one array of bytes"));
  }

  /**
   * Closes the stream for good: later appends are refused (`stream_closed`), and whoever follows it
   * comes to an end.
   *
   * @example A stream with an end
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * const batch = new StreamClient<string>("http://localhost:8000/v1/stream/batch");
   * await batch.append("all there is");
   * await batch.end();
   * for await (const { data } of batch.follow()) console.log(data);
   * await batch.close();
   * ```
   */
  end(): Promise<Appended> {
    return this.#write().append("close");
  }

  /**
   * Waits until every append is answered, ends what is read (whose iteration throws an `AbortError`),
   * and gives the sockets up. Without it a socket is open until 5 seconds after the last append.
   */
  async close(): Promise<void> {
    await this.#writer?.close();
    this.#ended.abort(new DOMException("The client was closed", "AbortError"));
  }

  /**
   * {@linkcode close}, where `await using` ends.
   *
   * @example Closed at the end of its block
   * ```ts
   * import { StreamClient } from "@ledgerline/client";
   *
   * await using orders = new StreamClient("http://localhost:8000/v1/stream/orders");
   * await orders.append({ item: "tea", count: 1 });
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #feed(options: ReadOptions, isFollowing: boolean): Feed<T> {
    // Without a decoder T is the caller's word.
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

/** 128 random bits in hex. Pages that did not come over TLS have no `crypto.randomUUID`. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
