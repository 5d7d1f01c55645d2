import type { Clock } from "../../../kernel/clock.ts";

/** Milliseconds between the pings that clients of the `type` dialect get. */
const PING_MS = 30_000;

/** A time as the original prints it: it has local time without a zone, and ours is UTC. */
export function naiveTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000");
}

/** The pings of one socket, from when it is known to be of the `type` dialect. */
export class Pings {
  readonly #clock: Clock;
  readonly #send: (timestamp: string) => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, send: (timestamp: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  start(): void {
    const ping = () => {
      this.#send(naiveTime(this.#clock.now()));
      this.#cancel = this.#clock.after(PING_MS, ping);
    };
    this.#cancel ??= this.#clock.after(PING_MS, ping);
  }

  stop(): void {
    this.#cancel?.();
  }
}
