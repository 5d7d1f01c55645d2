import { headersOfRaw } from "../edge/edge_headers.ts";
import type { HandedParts } from "./messages.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A `Request` that another thread has handed over, with lazy parts, as the edge makes them. It is one
 * to `instanceof` and has all that routes use.
 */
class HandedRequest {
  readonly #parts: HandedParts;
  readonly #streamed: ReadableStream<Bytes> | undefined;
  readonly #aborting = new AbortController();
  #headers: Headers | undefined;
  #stream: ReadableStream<Bytes> | undefined;
  #isRead = false;

  constructor(parts: HandedParts, streamed: ReadableStream<Bytes> | undefined) {
    this.#parts = parts;
    this.#streamed = streamed;
  }

  get method(): string {
    return this.#parts.method;
  }

  get url(): string {
    return this.#parts.url;
  }

  get headers(): Headers {
    return this.#headers ??= headersOfRaw(this.#parts.headers);
  }

  get body(): ReadableStream<Bytes> | null {
    if (this.method === "GET" || this.method === "HEAD") return null;
    return this.#stream ??= this.#streamed ?? wholeStream(this.#whole());
  }

  get bodyUsed(): boolean {
    return this.#isRead || this.#stream?.locked === true;
  }

  /** Aborted when the client goes. */
  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  abort(): void {
    this.#aborting.abort();
  }

  async bytes(): Promise<Bytes> {
    if (this.#isRead) throw new TypeError("Body already consumed.");
    this.#isRead = true;
    const stream = this.#stream ?? this.#streamed;
    return stream === undefined ? this.#whole() : await new Response(stream).bytes();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).slice().buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  #whole(): Bytes {
    const { body } = this.#parts;
    return body instanceof Uint8Array ? body : new Uint8Array();
  }
}

// For `instanceof`. The getters of `Request` throw on it, so a part that is missing above shows.
Object.setPrototypeOf(HandedRequest.prototype, Request.prototype);

function wholeStream(bytes: Bytes): ReadableStream<Bytes> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** The request that was handed over; `streamed` is its body where that is still to come. */
export function handedRequest(
  parts: HandedParts,
  streamed?: ReadableStream<Bytes>,
): Request & { abort(): void } {
  // A `Request` by its prototype, which the type checker does not see.
  return new HandedRequest(parts, streamed) as unknown as Request & { abort(): void };
}
