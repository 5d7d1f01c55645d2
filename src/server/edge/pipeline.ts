import type { Socket } from "node:net";
import { PIPELINED_AT_ONCE, PIPELINED_WAITING } from "../../kernel/limits.ts";

/** The handle that reads a socket: `socket.pause()` has no effect under `node:http`. */
interface Reading {
  readonly _handle?: { readStop?(): unknown; readStart?(): unknown } | null;
}

/**
 * HTTP/1 pipelining on one connection. So many requests are served concurrently; while others wait,
 * reading is paused (backpressure). A client that has sent too many ahead is cut, since each takes
 * memory.
 */
export class Pipeline {
  readonly #socket: Socket & Reading;
  readonly #waiting: (() => void)[] = [];
  #served = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Calls `serve` when it is a request's turn; it is over when {@linkcode leave} is called. */
  enter(serve: () => void): void {
    if (this.#served < PIPELINED_AT_ONCE) {
      this.#served++;
      return serve();
    }
    if (this.#waiting.length >= PIPELINED_WAITING) return void this.#socket.destroy();
    this.#waiting.push(serve);
    this.#socket._handle?.readStop?.();
  }

  /** A request is answered. */
  leave(): void {
    // After the last answer of a connection no more are served.
    if (!this.#socket.writable) return void this.#waiting.splice(0);
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#served--;
      return;
    }
    next();
    if (this.#waiting.length === 0) this.#socket._handle?.readStart?.();
    else this.#socket._handle?.readStop?.();
  }
}
