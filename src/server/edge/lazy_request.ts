type Bytes = Uint8Array<ArrayBuffer>;

/** A request, and the way to tell it that its client has gone. */
export type AbortableRequest = Request & { abort(): void };

/**
 * A `Request` with lazy parts, because routes use few of them. It is one to `instanceof` and has all
 * that routes use; it cannot be passed to `new Request`.
 */
export abstract class LazyRequest {
  abstract get method(): string;
  abstract get url(): string;
  abstract get headers(): Headers;
  abstract get body(): ReadableStream<Bytes> | null;
  abstract get bodyUsed(): boolean;
  /** Aborted when the client goes before its answer is whole. */
  abstract get signal(): AbortSignal;

  /** The client has gone. */
  abstract abort(): void;

  abstract bytes(): Promise<Bytes>;

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).slice().buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  asRequest(): AbortableRequest {
    // A `Request` by its prototype, which the type checker does not see.
    return this as unknown as AbortableRequest;
  }
}

// For `instanceof`. The getters of `Request` throw on it, so a part that is missing above shows.
Object.setPrototypeOf(LazyRequest.prototype, Request.prototype);
