import type { Socket } from "node:net";
import { PIPELINED_AT_ONCE, PIPELINED_WAITING } from "../../kernel/limits.ts";

/** The handle that reads a socket: `socket.pause()` has no effect under `node:http`. */
interface Reading {
  readonly _handle?: { readStop?(): unknown; readStart?(): unknown } | null;
}

/** A request whose turn comes. */
interface Turn {
  /** Whether it changes nothing, so that those beside it may be served in any order. */
  readonly isSafe: boolean;
  readonly serve: () => void;
}

/**
 * HTTP/1 pipelining on one connection. So many requests are served concurrently, and one that may
 * change something alone, after those before it (RFC 9112, 9.3.2). While others wait, reading is paused
 * (backpressure). A client that has sent too many ahead is cut, since each takes memory.
 */
export class Pipeline {
  readonly #socket: Socket & Reading;
  readonly #waiting: Turn[] = [];
  #served = 0;
  /** Whether what is served may change something. */
  #isUnsafe = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Calls `serve` when it is a request's turn; it is over when {@linkcode leave} is called. */
  enter(turn: Turn): void {
    if (this.#waiting.length === 0 && this.#isFree(turn)) return this.#begin(turn);
    if (this.#waiting.length >= PIPELINED_WAITING) return void this.#socket.destroy();
    this.#waiting.push(turn);
    this.#socket._handle?.readStop?.();
  }

  /** A request is answered. */
  leave(): void {
    this.#served--;
    // After the last answer of a connection no more are served.
    if (!this.#socket.writable) return void this.#waiting.splice(0);
    const wereWaiting = this.#waiting.length > 0;
    let [next] = this.#waiting;
    while (next !== undefined && this.#isFree(next)) {
      this.#waiting.shift();
      this.#begin(next);
      [next] = this.#waiting;
    }
    if (!wereWaiting) return;
    if (this.#waiting.length === 0) this.#socket._handle?.readStart?.();
    else this.#socket._handle?.readStop?.();
  }

  #isFree({ isSafe }: Turn): boolean {
    if (this.#served === 0) return true;
    return isSafe && !this.#isUnsafe && this.#served < PIPELINED_AT_ONCE;
  }

  #begin(turn: Turn): void {
    this.#served++;
    this.#isUnsafe = !turn.isSafe;
    turn.serve();
  }
}
