import type { Clock } from "../kernel/clock.ts";
import { SOCKET_STALL_MS } from "../kernel/limits.ts";

/** Milliseconds between looks at the sockets that are full. */
const LOOK_MS = 100;

/** A socket that is full. */
interface Full {
  /** Looks whether it has taken something; it is let go after `stallMs` without. */
  look(now: number, stallMs: number): void;
}

/**
 * Looks at the full sockets of a process, all of them in one timer. That there is room again their
 * transports tell sooner; this finds those that have stalled.
 */
export class StallWatch {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #full = new Set<Full>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, stallMs = SOCKET_STALL_MS) {
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  add(socket: Full): void {
    this.#full.add(socket);
    this.#lookLater();
  }

  delete(socket: Full): void {
    this.#full.delete(socket);
    if (this.#full.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookLater(): void {
    this.#cancel ??= this.#clock.after(LOOK_MS, () => {
      this.#cancel = undefined;
      const now = this.#clock.now();
      for (const socket of [...this.#full]) socket.look(now, this.#stallMs);
      if (this.#full.size > 0) this.#lookLater();
    });
  }
}
