import { headersOfRaw } from "../edge/edge_headers.ts";
import { type AbortableRequest, LazyRequest } from "../edge/lazy_request.ts";
import type { HandedParts } from "./messages.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A `Request` that another thread has handed over. */
class HandedRequest extends LazyRequest {
  readonly #parts: HandedParts;
  readonly #streamed: ReadableStream<Bytes> | undefined;
  readonly #aborting = new AbortController();
  #headers: Headers | undefined;
  #stream: ReadableStream<Bytes> | undefined;
  #isRead = false;

  constructor(parts: HandedParts, streamed: ReadableStream<Bytes> | undefined) {
    super();
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

  #whole(): Bytes {
    const { body } = this.#parts;
    return body instanceof Uint8Array ? body : new Uint8Array();
  }
}

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
): AbortableRequest {
  return new HandedRequest(parts, streamed).asRequest();
}
