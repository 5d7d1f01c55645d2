import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { HEAD_BYTES, HEAD_LINES, STREAMS_PER_CONNECTION } from "../../kernel/limits.ts";
import type { Certificate } from "./tls.ts";
import { isSocketOffer } from "./refusals.ts";

/** {@linkcode Connections} times all connections, in one place: `node:http`'s own timeouts are off. */
const HTTP_OPTIONS = {
  maxHeaderSize: HEAD_BYTES,
  keepAliveTimeout: 0,
  headersTimeout: 0,
  requestTimeout: 0,
  connectionsCheckingInterval: 0x7fff_ffff,
  // Any other upgrade is ignored, such as h2c, which Java's client offers.
  shouldUpgradeCallback: isSocketOffer,
};

/** What the servers of `node:http` and `node:http2` have in common. */
export interface HttpServer {
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): boolean;
}

/** Makes a server that parses requests on connections it is given; it does not listen itself. */
export function httpServer(
  certificate: Certificate | undefined,
  isServing: () => boolean,
): HttpServer {
  const http = certificate === undefined ? createServer(HTTP_OPTIONS) : createSecureServer({
    ...certificate,
    ...HTTP_OPTIONS,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION },
  });
  // A client that has sent a FIN may still read (half-open).
  Object.assign(http, { httpAllowHalfOpen: true, maxHeadersCount: HEAD_LINES });
  // `node:http` closes each connection after its answer where it does not listen, so it says it does.
  Object.defineProperty(http, "listening", { get: isServing });
  return http;
}
