import { PING_SECONDS, SOCKET_HIGH_WATER } from "../kernel/limits.ts";
import type { SocketEvents } from "./exchange.ts";
import type { Frames } from "./frames.ts";
import type { Transport } from "./transport.ts";

/** Bytes between looks at the buffer: looking costs about a tenth of sending. */
const LOOK_EVERY_BYTES = 16 * 1024;

/** Makes a socket of a request of `Deno.serve`. Throws where it is no handshake. */
export function denoSocket(
  request: Request,
  protocol: string | undefined,
  events: SocketEvents,
): Response {
  const spoken = protocol === undefined ? {} : { protocol };
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: PING_SECONDS * 2,
    ...spoken,
  });
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened(new DenoTransport(socket));
  socket.onmessage = ({ data }) => {
    events.message(typeof data === "string" ? data : new Uint8Array(data));
  };
  // A close follows every error, sometimes two: who is told takes that.
  socket.onclose = () => events.closed();
  return response;
}

/**
 * {@linkcode Transport} over a socket of `Deno.upgradeWebSocket`: one system call per frame, and no
 * way to cut it.
 */
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
