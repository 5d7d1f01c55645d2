import { PING_SECONDS, SOCKET_HIGH_WATER, SOCKET_LOW_WATER } from "../../kernel/limits.ts";
import { quietMs } from "../../kv/deploy.ts";
import type { SocketEvents } from "../../sockets/exchange.ts";
import type { Frames } from "../../sockets/frames.ts";
import type { Transport } from "../../sockets/transport.ts";

/** Bytes between looks at the buffer: looking costs about a tenth of sending. */
const LOOK_EVERY_BYTES = 16 * 1024;

/**
 * Looks at a full socket, as the runtime does not tell that one has drained. What is handed over is
 * written between turns of the event loop, so the first are a turn apart: with looks a millisecond
 * apart one client's replay ran at half the speed. The next are for a peer that is merely busy, and
 * the others for one that is far away or stalled.
 */
const TURN_LOOKS = 8;
const QUICK_LOOKS = 6;
const QUICK_LOOK_MS = 1;
const LAST_LOOK_MS = 100;

/** Makes a socket of a request of `Deno.serve`. Throws where it is no handshake. */
export function denoSocket(
  request: Request,
  protocol: string | undefined,
  events: SocketEvents,
): Response {
  const spoken = protocol === undefined ? {} : { protocol };
  const { socket, response } = Deno.upgradeWebSocket(request, {
    // A ping comes after half of it, and has the other half to be answered.
    idleTimeout: quietMs(PING_SECONDS * 1_000) * 2 / 1_000,
    ...spoken,
  });
  socket.binaryType = "arraybuffer";
  const transport = new DenoTransport(socket);
  socket.onopen = () => events.opened(transport);
  socket.onmessage = ({ data }) => {
    events.message(typeof data === "string" ? data : new Uint8Array(data));
  };
  // A close follows every error, sometimes two: who is told takes that.
  socket.onclose = () => {
    transport.stopLooking();
    events.closed();
  };
  return response;
}

/**
 * {@linkcode Transport} over a socket of `Deno.upgradeWebSocket`: one system call per frame, no way
 * to cut it, and no pings but the runtime's own.
 */
class DenoTransport implements Transport {
  readonly #socket: WebSocket;
  /** Characters that were handed over since the buffer was looked at. */
  #unseen = 0;
  messages = 0;
  /** Characters: how many bytes they take, the runtime does not tell. */
  bytes = 0;
  #look: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get buffered(): number {
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount < SOCKET_HIGH_WATER) this.#unseen = 0;
    return bufferedAmount;
  }

  sendFrames({ texts }: Frames, from: number, to: number): number {
    for (let index = from; index < to; index++) {
      const text = texts[index];
      if (text === undefined) continue;
      if (this.#unseen >= LOOK_EVERY_BYTES && this.buffered >= SOCKET_HIGH_WATER) return index;
      if (!this.#send(text)) return to;
    }
    return to;
  }

  sendAll({ texts }: Frames): void {
    for (const text of texts) if (text !== undefined) this.#send(text);
  }

  whenDrained(task: () => void): void {
    let looks = 0;
    let wait = 0;
    const look = () => {
      if (this.#socket.bufferedAmount <= SOCKET_LOW_WATER) return task();
      if (++looks >= TURN_LOOKS) wait = Math.max(wait, QUICK_LOOK_MS);
      if (looks >= TURN_LOOKS + QUICK_LOOKS) wait = Math.min(wait * 2, LAST_LOOK_MS);
      this.#look = setTimeout(look, wait);
    };
    this.stopLooking();
    this.#look = setTimeout(look, wait);
  }

  stopLooking(): void {
    clearTimeout(this.#look);
  }

  close(code: number, reason: string): void {
    this.stopLooking();
    // Closing what is closing already throws nothing, but a reason too long would.
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code, reason);
  }

  /** Whether the socket was there for it. */
  #send(text: string): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    this.#unseen += text.length;
    this.messages++;
    this.bytes += text.length;
    return true;
  }
}
