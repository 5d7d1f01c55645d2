import type { Socket, SocketConstructor } from "./platform.ts";

/** Milliseconds without a word after which a connection is taken to be dead; servers speak at 20 s. */
const SILENCE_MS = 60_000;

/** Milliseconds that a handshake may take. */
const OPEN_MS = 20_000;

/** The close code of a socket that ended without a close frame (RFC 6455, 7.1.5). */
const LOST = 1006;

/** How a connection ended: code and reason of the close frame. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** One socket, with a queue of the messages that have not been taken yet. */
export class StreamConnection {
  readonly #socket: Socket;
  readonly #queue: string[] = [];
  #taken = 0;
  #ended: Ended | undefined;
  #isOpen = false;
  #wake: (() => void) | undefined;
  #heard = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#wake?.();
    };
    socket.onmessage = ({ data }: { data: unknown }) => this.#take(data);
    socket.onclose = ({ code, reason }: Ended) => this.#end({ code, reason });
    // A close follows, but for sockets that never opened not on every platform.
    socket.onerror = () => this.#isOpen || this.#end({ code: LOST, reason: "" });
  }

  /**
   * Opens a socket. Resolves with how it ended where it never opened. One that is watched is taken
   * to be dead after silence: so are readers, who are told their position by a living server.
   */
  static async open(
    make: SocketConstructor,
    url: string,
    protocols: string[],
    options: { readonly isWatched: boolean; readonly signal: AbortSignal },
  ): Promise<StreamConnection | Ended> {
    const { isWatched, signal } = options;
    const connection = new StreamConnection(new make(url, protocols));
    const abort = () => connection.close();
    signal.addEventListener("abort", abort);
    const timer = setTimeout(() => connection.#lose("the handshake took too long"), OPEN_MS);
    if (signal.aborted) abort();
    while (!connection.#isOpen && connection.#ended === undefined) await connection.#changed();
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    if (connection.#ended !== undefined) return connection.#ended;
    if (isWatched) connection.#watch();
    return connection;
  }

  /** Whether the socket has ended; its messages may still be there to be taken. */
  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /** The next message; how the connection ended once all are taken. */
  async next(signal: AbortSignal): Promise<string | Ended> {
    const abort = () => this.close();
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    try {
      for (;;) {
        if (signal.aborted && this.#ended !== undefined) return this.#ended;
        const text = this.#queue[this.#taken];
        if (text !== undefined) {
          this.#taken++;
          if (this.#taken === this.#queue.length) {
            this.#queue.length = 0;
            this.#taken = 0;
          }
          return text;
        }
        if (this.#ended !== undefined) return this.#ended;
        await this.#changed();
      }
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Sends a message; nothing where the socket has ended. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#ended === undefined) this.#socket.send(data);
  }

  /** Begins the close handshake, and does not wait for its answer. */
  close(): void {
    this.#socket.close(1000);
    this.#end({ code: 1000, reason: "" });
  }

  #take(data: unknown): void {
    if (typeof data !== "string" || this.#ended !== undefined) return;
    this.#heard = Date.now();
    const last = this.#queue.length - 1;
    // The last position stands for those before it: a reader that takes nothing queues only one.
    const isRepeat = last >= this.#taken && isPosition(data) && isPosition(this.#queue[last] ?? "");
    if (isRepeat) this.#queue[last] = data;
    else this.#queue.push(data);
    this.#wake?.();
  }

  #watch(): void {
    const left = this.#heard + SILENCE_MS - Date.now();
    if (left <= 0) return this.#lose("nothing was heard for long");
    this.#timer = setTimeout(() => this.#watch(), left);
  }

  #lose(reason: string): void {
    this.#socket.close();
    this.#end({ code: LOST, reason });
  }

  #end(ended: Ended): void {
    clearTimeout(this.#timer);
    this.#ended ??= ended;
    this.#wake?.();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }
}

function isPosition(text: string): boolean {
  return text.startsWith('{"type":"position"');
}
