import { type IncomingMessage, METHODS } from "node:http";
import { HEAD_LINES } from "../../kernel/limits.ts";
import { respond } from "../../web/whole_response.ts";

/** An answer to a request that is not served. */
export interface WireRefusal {
  readonly status: number;
  readonly words: string;
}

/** Why a request that `node:http` accepts is refused; undefined where it is not. */
export function refusalOf(incoming: IncomingMessage): WireRefusal | undefined {
  const { rawHeaders } = incoming;
  if (incoming.httpVersionMajor > 1 && !isHttp2(incoming)) {
    return { status: 505, words: "A request line names HTTP/1" };
  }
  if (rawHeaders.length >= HEAD_LINES * 2) {
    return { status: 431, words: "The request has too many headers" };
  }
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
    if (name?.length === 17 && isOtherEncoding(name, rawHeaders[at + 1])) {
      return { status: 501, words: "The one transfer encoding here is chunked" };
    }
  }
  return hosts > 1 ? { status: 400, words: "The request names two hosts" } : undefined;
}

/** Whether a request came by HTTP/2, and not with that in the request line of HTTP/1. */
export function isHttp2(incoming: IncomingMessage): boolean {
  return "stream" in incoming;
}

/** Whether a header is of an encoding that would be passed on as if it were the body. */
function isOtherEncoding(name: string, value = ""): boolean {
  return name.toLowerCase() === "transfer-encoding" && value.toLowerCase() !== "chunked";
}

/** As {@linkcode refusalOf}, for a handshake, which may have no body. */
export function upgradeRefusalOf(incoming: IncomingMessage): WireRefusal | undefined {
  const { headers } = incoming;
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) {
    return { status: 400, words: "A WebSocket handshake has no body" };
  }
  return refusalOf(incoming);
}

/** Whether a request asks for a WebSocket; servers may ignore any other upgrade. */
export function isSocketOffer({ method, headers, httpVersion }: IncomingMessage): boolean {
  return method === "GET" && httpVersion !== "1.0" &&
    headers.upgrade?.toLowerCase() === "websocket";
}

/** A refusal as an answer. */
export function refusalAnswer({ status, words }: WireRefusal): Response {
  return respond(`${words}\n`, { status });
}

/** Longer request lines are none whose method is looked at. */
const LONGEST_LINE = 4_096;

/** Whether what is refused begins as a request does, with a method that the parser does not know. */
export function hasOwnMethod(error: unknown): boolean {
  const sent = error instanceof Error && "rawPacket" in error ? error.rawPacket : undefined;
  if (!(sent instanceof Uint8Array)) return false;
  const start = new TextDecoder("latin1").decode(sent.subarray(0, LONGEST_LINE));
  const [line = ""] = start.split("\r\n", 1);
  const [method = "", , version, ...more] = line.split(" ");
  return /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(method) && !METHODS.includes(method) &&
    version === "HTTP/1.1" && more.length === 0;
}
