import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { urlOfWeb } from "./asked_outside.ts";
import { edgeHeaders } from "./edge_headers.ts";
import type { IncomingBody } from "./incoming_body.ts";
import { type AbortableRequest, LazyRequest } from "./lazy_request.ts";

/** A `Request` over what `node:http` has read. */
class EdgeRequest extends LazyRequest {
  readonly #incoming: IncomingMessage;
  readonly #scheme: string;
  readonly #body: IncomingBody | undefined;
  #url: string | undefined;
  #headers: Headers | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #aborting: AbortController | undefined;
  #isGone = false;

  constructor(incoming: IncomingMessage, scheme: string, body: IncomingBody | undefined) {
    super();
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
    return this.#headers ??= edgeHeaders(this.#incoming);
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#body === undefined) return null;
    return this.#stream ??= this.#body.stream();
  }

  get bodyUsed(): boolean {
    return this.#stream?.locked ?? this.#body?.isRead ?? false;
  }

  get signal(): AbortSignal {
    this.#aborting ??= new AbortController();
    if (this.#isGone) this.#aborting.abort();
    return this.#aborting.signal;
  }

  abort(): void {
    this.#isGone = true;
    this.#aborting?.abort();
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    // `body` was accessed before, and perhaps read in part.
    if (this.#stream !== undefined) return new Response(this.#stream).bytes();
    return this.#body?.bytes() ?? Promise.resolve(new Uint8Array());
  }
}

/** The request of an incoming message. */
export function edgeRequest(
  incoming: IncomingMessage,
  scheme: string,
  body: IncomingBody | undefined,
): AbortableRequest {
  return new EdgeRequest(incoming, scheme, body).asRequest();
}

/** The whole URL of a request, as `Deno.serve` writes it. */
function urlOf(incoming: IncomingMessage, scheme: string): string {
  const { headers, method } = incoming;
  const url = utf8(incoming.url ?? "/");
  // The absolute form (RFC 9112, 3.2.2).
  if (!url.startsWith("/") && url !== "*") return urlOfWeb(url, undefined);
  const host = headers.host ?? headers[":authority"] ?? `localhost:${incoming.socket.localPort}`;
  return `${scheme}://${host}${method === "OPTIONS" && url === "*" ? "/*" : url}`;
}

/** A target as UTF-8: `node:http` reads its bytes as Latin-1. */
function utf8(target: string): string {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(target) ? target : Buffer.from(target, "latin1").toString();
}
