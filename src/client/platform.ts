/**
 * What is used of a WebSocket: the platform's own has it, and so have those of libraries such as
 * npm `ws`.
 *
 * @example Watching how a socket ends
 * ```ts
 * import { type Socket, StreamClient } from "@ledgerline/client";
 *
 * class Watched extends WebSocket implements Socket {
 *   override close(code?: number, reason?: string) {
 *     console.log("closing", code);
 *     super.close(code, reason);
 *   }
 * }
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders", { WebSocket: Watched });
 * await Array.fromAsync(orders.read());
 * ```
 */
export interface Socket {
  /** Called when the handshake is through. */
  onopen: ((event: never) => void) | null;
  /** Called with each message, as `{ data }`: text of the server. */
  onmessage: ((event: never) => void) | null;
  /** Called on a fault; the end follows. */
  onerror: ((event: never) => void) | null;
  /** Called at the end, with `{ code, reason }` of the close frame; 1006 where none came. */
  onclose: ((event: never) => void) | null;
  /** Sends one message, of text or of bytes. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Begins the close handshake. */
  close(code?: number, reason?: string): void;
}

/**
 * Makes sockets, as `new WebSocket(url, protocols)` does.
 *
 * @example Node before 22, which has no WebSocket of its own
 * ```ts
 * import { type SocketConstructor, StreamClient } from "@ledgerline/client";
 *
 * // There: import WebSocket from "ws";
 * const socket: SocketConstructor = WebSocket;
 * const orders = new StreamClient("http://localhost:8000/v1/stream/orders", { WebSocket: socket });
 * await Array.fromAsync(orders.read());
 * ```
 */
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

/** The platform's WebSocket. Throws `TypeError` where it has none, as Node before 22. */
export function platformSocket(): SocketConstructor {
  if (typeof WebSocket === "undefined") {
    throw new TypeError("This platform has no WebSocket: pass one as the option WebSocket");
  }
  return WebSocket;
}

/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
