import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import {
  HEAD_BYTES,
  HEAD_LINES,
  KEEP_ALIVE_MS,
  STREAMS_PER_CONNECTION,
} from "../../kernel/limits.ts";
import type { Certificate } from "./tls.ts";
import { isSocketOffer } from "./refusals.ts";

/** Every limit is looked at by {@linkcode Connections}, in one place: not by `node:http` as well. */
const HTTP_OPTIONS = {
  maxHeaderSize: HEAD_BYTES,
  keepAliveTimeout: 2 * KEEP_ALIVE_MS,
  headersTimeout: 0,
  requestTimeout: 0,
  connectionsCheckingInterval: 0x7fff_ffff,
  // An offer that is none of a socket is passed over: that of h2c, which Java makes, above all.
  shouldUpgradeCallback: isSocketOffer,
};

/** What the servers of `node:http` and `node:http2` have in common. */
export interface HttpServer {
  // deno-lint-ignore no-explicit-any
  on(event: string, listener: (...args: any[]) => void): unknown;
  emit(event: string, ...args: unknown[]): boolean;
}

/** Makes what reads requests from the connections it is given; it does not listen itself. */
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
  // A client that has sent all it has to say may still read.
  Object.assign(http, { httpAllowHalfOpen: true, maxHeadersCount: HEAD_LINES });
  // It is another that listens; one that does not would close each connection behind its answer.
  Object.defineProperty(http, "listening", { get: isServing });
  return http;
}
