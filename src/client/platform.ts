/** What is used here of a WebSocket: the platform's own, or one of a library such as npm `ws`. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** Makes sockets. */
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

/** The platform's WebSocket. Throws where it has none, as Node before 22. */
export function platformSocket(): SocketConstructor {
  if (typeof WebSocket === "undefined") {
    throw new TypeError("This platform has no WebSocket: pass one as the option WebSocket");
  }
  return WebSocket;
}

/** Waits, and ends early when `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
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
