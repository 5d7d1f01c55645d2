/** Headers by name; names are in lower case. */
export type PlainHeaders = Readonly<Record<string, string>>;

/** A body that is there as a whole. */
export type WholeBody = string | Uint8Array<ArrayBuffer> | null;

/** An answer whose parts are all there, as they were given. */
export interface Whole {
  readonly status: number;
  /** The reason phrase; HTTP's own where it is empty. */
  readonly statusText: string;
  readonly headers: PlainHeaders | Headers;
  readonly body: WholeBody;
}

/**
 * A `Response` that keeps its parts as they were given: the edge writes them at once. A real one is
 * made for whoever asks for more than its status, because its `Headers`, and a body that is read
 * through a stream, cost more than all else about an answer. It is one to `instanceof`; the runtime
 * takes only what {@linkcode realResponse} gives.
 */
class WholeResponse {
  readonly #parts: Whole & { readonly headers: Record<string, string> };
  #real: Response | undefined;

  constructor(body: WholeBody, status: number, statusText: string, headers: PlainHeaders) {
    const own: Record<string, string> = { ...headers };
    // As `Response` says it.
    if (typeof body === "string") own["content-type"] ??= "text/plain;charset=UTF-8";
    this.#parts = { status, statusText, headers: own, body };
  }

  /** Its parts; undefined once its body was read. */
  get whole(): Whole | undefined {
    const real = this.#real;
    if (real === undefined) return this.#parts;
    return real.bodyUsed ? undefined : { ...this.#parts, headers: real.headers };
  }

  get real(): Response {
    const { body, ...init } = this.#parts;
    return this.#real ??= new Response(body, init);
  }

  setHeader(name: string, value: string): void {
    if (this.#real === undefined) this.#parts.headers[name] = value;
    else this.#real.headers.set(name, value);
  }

  get status(): number {
    return this.#parts.status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get statusText(): string {
    return this.#parts.statusText;
  }

  get headers(): Headers {
    return this.real.headers;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return this.real.body;
  }

  get bodyUsed(): boolean {
    return this.#real?.bodyUsed ?? false;
  }

  text(): Promise<string> {
    return this.real.text();
  }

  json(): Promise<unknown> {
    return this.real.json();
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.real.bytes();
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.real.arrayBuffer();
  }

  clone(): Response {
    return this.real.clone();
  }
}

// For `instanceof`. The getters of `Response` throw on it, so a part that is missing above shows.
Object.setPrototypeOf(WholeResponse.prototype, Response.prototype);

/** An answer. Names of headers are in lower case; `Deno.serve` sends no reason phrase but HTTP's own. */
export function respond(
  body: WholeBody | ReadableStream<Uint8Array>,
  { status = 200, statusText = "", headers = {} }: {
    readonly status?: number;
    readonly statusText?: string;
    readonly headers?: PlainHeaders;
  } = {},
): Response {
  if (body instanceof ReadableStream) return new Response(body, { status, statusText, headers });
  // A `Response` by its prototype, which the type checker does not see.
  return new WholeResponse(body, status, statusText, headers) as unknown as Response;
}

/** An answer in JSON, as `Response.json` makes it. */
export function respondJson(
  value: unknown,
  { status = 200, headers = {} }: {
    readonly status?: number;
    readonly headers?: PlainHeaders;
  } = {},
): Response {
  const all = { "content-type": "application/json", ...headers };
  return respond(JSON.stringify(value), { status, headers: all });
}

/** The parts of an answer that are all there; undefined where its body comes as a stream. */
export function wholeOf(answer: Response): Whole | undefined {
  return answer instanceof WholeResponse ? answer.whole : undefined;
}

/** An answer as the runtime takes it. */
export function realResponse(answer: Response): Response {
  return answer instanceof WholeResponse ? answer.real : answer;
}

/** Sets a header of an answer; its name is in lower case. */
export function setHeader(answer: Response, name: string, value: string): void {
  if (answer instanceof WholeResponse) answer.setHeader(name, value);
  else answer.headers.set(name, value);
}
