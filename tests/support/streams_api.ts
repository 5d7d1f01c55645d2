import { assertEquals } from "@std/assert";

/** An answer, read to its end. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The offset to go on from, as the answer says. */
  readonly next: string;
}

/** Headers and body of a request. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
}

/** A client of streams that hides nothing. */
export class StreamsApi {
  readonly #base: string;

  constructor(origin: string) {
    this.#base = `${origin}/v1/stream/`;
  }

  url(path: string): string {
    return this.#base + path;
  }

  async send(method: string, path: string, { headers, body }: Sent = {}): Promise<StreamAnswer> {
    const response = await fetch(this.url(path), {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: body ?? null,
    });
    const text = await response.text();
    const next = response.headers.get("stream-next-offset") ?? "";
    return { status: response.status, headers: response.headers, text, next };
  }

  /** Creates a stream of JSON, which must be new. */
  async create(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, next } = await this.send("PUT", path, { headers });
    assertEquals(status, 201);
    return next;
  }

  /** Appends JSON, which must be taken. Returns the new end. */
  async append(path: string, value: unknown): Promise<string> {
    const { status, next } = await this.send("POST", path, { body: JSON.stringify(value) });
    assertEquals(status, 204);
    return next;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<StreamAnswer> {
    return this.send("GET", path, { headers });
  }
}
