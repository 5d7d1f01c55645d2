import { SOCKET_HIGH_WATER } from "../kernel/limits.ts";
import type { Frames } from "./frames.ts";
import type { SocketHub, Visitor } from "./hub.ts";
import type { Dialect, Session } from "./session.ts";
import type { Transport } from "./transport.ts";

/** Seconds after which a silent peer is asked for a sign of life; twice that ends it. */
const PING_SECONDS = 20;

/** Bytes between looks at the buffer: looking costs about a tenth of sending. */
const LOOK_EVERY_BYTES = 16 * 1024;

/** How a route becomes a socket. */
export interface UpgradeOptions {
  readonly ledger: string;
  readonly hub: SocketHub;
  readonly visitor: Visitor;
  /** The subprotocol that is spoken, of those that the client offers. */
  readonly protocol?: string | undefined;
  /** Begins the dialect once the socket is open. */
  readonly open: (session: Session) => Dialect;
}

/** Whether a request asks to become a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Answers a WebSocket handshake, after everything that can refuse it: afterwards nothing stops a
 * peer from sending. Whether the client may is for the caller to have found out before; whether a
 * page of that origin may, the server's door has.
 */
export function upgrade(request: Request, options: UpgradeOptions): Response {
  const { ledger, hub } = options;
  const { headers } = request;
  if (headers.get("sec-websocket-key") === null || headers.get("sec-websocket-version") !== "13") {
    return new Response("Not a WebSocket handshake\n", {
      status: 426,
      headers: { upgrade: "websocket", "sec-websocket-version": "13" },
    });
  }
  const place = hub.reserve(ledger, options.visitor);
  if (place === undefined) {
    return new Response("Too many connections\n", { status: 503, headers: { "retry-after": "5" } });
  }
  let upgraded: Deno.WebSocketUpgrade;
  try {
    const { protocol } = options;
    const spoken = protocol === undefined ? {} : { protocol };
    upgraded = Deno.upgradeWebSocket(request, { idleTimeout: PING_SECONDS * 2, ...spoken });
  } catch {
    place.giveBack();
    return new Response("Not a WebSocket handshake\n", { status: 400 });
  }
  const { socket, response } = upgraded;
  socket.binaryType = "arraybuffer";
  let session: Session | undefined;
  socket.onopen = () => {
    session = place.occupy(new DenoTransport(socket));
    if (!session.isOver) session.open(options.open(session));
  };
  socket.onmessage = ({ data }) => {
    session?.receive(typeof data === "string" ? data : new Uint8Array(data));
  };
  // A close follows every error, sometimes two: the session takes that.
  socket.onclose = () => {
    place.giveBack();
    session?.peerClosed();
  };
  return response;
}

/** {@linkcode Transport} over a socket of `Deno.upgradeWebSocket`: one system call per frame. */
class DenoTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  sendFrames(frames: Frames, from: number, to: number): number {
    const socket = this.#socket;
    const { texts } = frames;
    let unseen = 0;
    for (let index = from; index < to; index++) {
      const text = texts[index];
      if (text === undefined) continue;
      if (unseen >= LOOK_EVERY_BYTES) {
        if (socket.bufferedAmount >= SOCKET_HIGH_WATER) return index;
        unseen = 0;
      }
      if (socket.readyState !== WebSocket.OPEN) return to;
      socket.send(text);
      unseen += text.length;
    }
    return to;
  }

  sendText(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    // Closing what is closing already throws nothing, but a reason too long would.
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code, reason);
  }
}
