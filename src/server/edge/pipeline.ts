import type { Socket } from "node:net";
import { PIPELINED_AT_ONCE, PIPELINED_WAITING } from "../../kernel/limits.ts";

/** What a socket is read by: its own `pause` does nothing below `node:http`. */
interface Reading {
  readonly _handle?: { readStop?(): unknown; readStart?(): unknown } | null;
}

/**
 * The requests of one connection of HTTP/1, which a client may send ahead of their answers. So many
 * are served at once; while others wait, no more are read. Whoever has sent too many ahead is cut:
 * each of them is memory.
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
    // Behind the last answer nobody is served.
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
