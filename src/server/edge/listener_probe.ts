import { getLogger } from "@logtape/logtape";
import { connect, type Socket } from "node:net";
import { systemClock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Connections } from "./connections.ts";

const logger = getLogger(["ledgerline", "edge"]);

/** Milliseconds between two probes. */
const ASK_MS = 2_000;

/** Milliseconds for the connection of a probe to be made, and for half of the time to accept it. */
const CONNECT_MS = 5_000;
const ACCEPT_MS = 500;

/** Probes for each thread that listens: that none comes here by chance is one in 3,000 then. */
const TRIES_PER_THREAD = 8;

/** What a probe finds out of a listener. */
type Found = "accepts" | "deaf" | "full" | "exhausted";

/** The number of connections from which on descriptors may run out. */
const MANY = 32;

/**
 * Probes whether a listener still accepts. When descriptors run out (EMFILE), the runtime stops
 * accepting without an error, and the port has to be listened on anew.
 */
export class ListenerProbe {
  readonly #connections: Connections;
  readonly #listenAnew: () => Promise<void>;
  readonly #tries: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #accepted = 0;
  #seen = 0;
  #isAsking = false;
  /** Whether it may have failed since its last accept. */
  #isInDoubt = false;

  /** `threads` have a listener each where this one listens, and the system chooses among them. */
  constructor(connections: Connections, listenAnew: () => Promise<void>, threads = 1) {
    this.#connections = connections;
    this.#listenAnew = listenAnew;
    this.#tries = threads === 1 ? 1 : TRIES_PER_THREAD * threads;
  }

  start(host: string, port: number): void {
    const at = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
    this.#timer = setInterval(() => void this.#look(at, port), ASK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The listener has accepted a connection. */
  accepted(): void {
    this.#accepted++;
  }

  async #look(host: string, port: number): Promise<void> {
    const isHeard = this.#accepted !== this.#seen;
    this.#seen = this.#accepted;
    this.#isInDoubt ||= this.#connections.count >= MANY;
    if (!this.#isInDoubt || isHeard || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const found = await this.#ask(host, port);
      this.#seen = this.#accepted;
      if (this.#timer === undefined) return;
      if (found === "accepts") this.#isInDoubt = this.#connections.count >= MANY;
      // The probe itself needs a descriptor: evicting connections frees one for the next.
      else if (found === "exhausted") this.#connections.exhausted();
      else await this.#renew();
    } finally {
      this.#isAsking = false;
    }
  }

  /** Asks until this listener is the one that was chosen, or until that is most unlikely. */
  async #ask(host: string, port: number): Promise<Found> {
    let found: Found = "deaf";
    for (let tries = 0; tries < this.#tries && found === "deaf"; tries++) {
      found = await foundBy(connect({ host, port }), () => this.#accepted !== this.#seen);
      if (this.#timer === undefined) break;
    }
    return found;
  }

  async #renew(): Promise<void> {
    logger.warn("too many files are open: no connections were accepted for a while");
    // Where others listen as well it may be chance.
    if (this.#tries === 1) this.#connections.exhausted();
    try {
      await this.#listenAnew();
    } catch (error) {
      logger.warn("cannot listen again yet: {error}", { error: messageOf(error) });
    }
  }
}

/** Says what comes of a connection to a port of our own. */
export function foundBy(
  socket: Pick<Socket, "on" | "destroy">,
  isAccepted: () => boolean,
  clock = systemClock,
): Promise<Found> {
  return new Promise((resolve) => {
    const done = (found: Found) => {
      cancel();
      socket.destroy();
      resolve(found);
    };
    const judge = (otherwise: Found) => done(isAccepted() ? "accepts" : otherwise);
    // A queue that is full of those that are not accepted is no chance: nobody else is asked.
    let cancel = clock.after(CONNECT_MS, () => judge("full"));
    // Thousands who send at once keep the process for seconds, and that this is accepted is heard of
    // behind them; that it is connected as well. Two timers: after a long turn of the event loop the
    // first fires before accepts are processed.
    socket.on("connect", () => {
      cancel();
      cancel = clock.after(ACCEPT_MS, () => {
        cancel = clock.after(ACCEPT_MS, () => judge("deaf"));
      });
    });
    socket.on("error", (error: Error & { readonly code?: string }) => {
      done(error.code === "EMFILE" || error.code === "ENFILE" ? "exhausted" : "deaf");
    });
  });
}
