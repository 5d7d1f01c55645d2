import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { IncomingBody } from "./incoming_body.ts";

/**
 * A request as routes take it, over what `node:http` has read: each part is made when it is first
 * asked for, because most requests are asked for few. It is a `Request` to `instanceof`, and gives
 * all that routes use of one; it cannot be passed to the constructor of another.
 */
class EdgeRequest {
  readonly #incoming: IncomingMessage;
  readonly #scheme: string;
  readonly #body: IncomingBody | undefined;
  #url: string | undefined;
  #headers: Headers | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #aborting: AbortController | undefined;
  #isGone = false;

  constructor(incoming: IncomingMessage, scheme: string, body: IncomingBody | undefined) {
    this.#incoming = incoming;
    this.#scheme = scheme;
    this.#body = body;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  get url(): string {
    return this.#url ??= urlOf(this.#incoming, this.#scheme);
  }

  get headers(): Headers {
    return this.#headers ??= headersOf(this.#incoming);
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#body === undefined) return null;
    return this.#stream ??= this.#body.stream();
  }

  get bodyUsed(): boolean {
    return this.#stream?.locked ?? this.#body?.isRead ?? false;
  }

  /** Aborted when the client goes before its answer is whole. */
  get signal(): AbortSignal {
    this.#aborting ??= new AbortController();
    if (this.#isGone) this.#aborting.abort();
    return this.#aborting.signal;
  }

  /** The client has gone. */
  abort(): void {
    this.#isGone = true;
    this.#aborting?.abort();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    // Somebody has looked whether there is one, and has perhaps begun to read it.
    if (this.#stream !== undefined) return await new Response(this.#stream).bytes();
    return await this.#body?.bytes() ?? new Uint8Array();
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
}

// For whoever looks whether it is one; what is not given above says at once that it is not there.
Object.setPrototypeOf(EdgeRequest.prototype, Request.prototype);

/** A request, and the way to tell it that its client has gone. */
export type AbortableRequest = Request & { abort(): void };

/** Makes the request of what was read of it. */
export function edgeRequest(
  incoming: IncomingMessage,
  scheme: string,
  body: IncomingBody | undefined,
): AbortableRequest {
  // It is one by its prototype, which the type checker does not see.
  return new EdgeRequest(incoming, scheme, body) as unknown as AbortableRequest;
}

/** The whole URL of a request, as `Deno.serve` writes it. */
function urlOf(incoming: IncomingMessage, scheme: string): string {
  const { headers, method } = incoming;
  const url = utf8(incoming.url ?? "/");
  // The absolute form, which proxies are sent.
  if (!url.startsWith("/") && url !== "*") return url;
  const host = headers.host ?? headers[":authority"] ?? `localhost:${incoming.socket.localPort}`;
  return `${scheme}://${host}${method === "OPTIONS" && url === "*" ? "/*" : url}`;
}

/** A target whose bytes `node:http` has read as Latin-1. */
function utf8(target: string): string {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(target) ? target : Buffer.from(target, "latin1").toString();
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    const value = rawHeaders[at + 1] ?? "";
    // HTTP/2 has the host among what is no header.
    if (name === ":authority") headers.set("host", value);
    else if (!name.startsWith(":")) headers.append(name, value);
  }
  return headers;
}
