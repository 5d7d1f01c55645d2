import type { IncomingMessage } from "node:http";
import { HEAD_LINES } from "../../kernel/limits.ts";

/** An answer to a request that is not served. */
interface Refusal {
  readonly status: number;
  readonly words: string;
}

/** What is against a request that `node:http` has let through; undefined where nothing is. */
export function refusalOf({ rawHeaders }: IncomingMessage): Refusal | undefined {
  if (rawHeaders.length >= HEAD_LINES * 2) {
    return { status: 431, words: "The request has too many headers" };
  }
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts > 1 ? { status: 400, words: "The request names two hosts" } : undefined;
}

/** What is against an upgrade beside that: its connection has no place for a body. */
export function upgradeRefusalOf(incoming: IncomingMessage): Refusal | undefined {
  const { headers } = incoming;
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) {
    return { status: 400, words: "A WebSocket handshake has no body" };
  }
  return refusalOf(incoming);
}

/** Whether a request becomes a socket; any other offer is passed over, as it may be. */
export function isSocketOffer({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

/** A refusal as an answer. */
export function refused({ status, words }: Refusal): Response {
  return new Response(`${words}\n`, { status });
}
