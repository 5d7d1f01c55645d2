import type { Clock } from "../kernel/clock.ts";
import { SOCKET_STALL_MS } from "../kernel/limits.ts";
import type { CloseReason } from "./close_codes.ts";
import { Session, type SessionObserver } from "./session.ts";
import type { Transport } from "./transport.ts";

/** Counts and reasons, for metrics. Everything is optional. */
export interface HubObserver {
  opened?(ledger: string): void;
  closed?(ledger: string, reason: CloseReason | "peer"): void;
  refused?(ledger: string, reason: string): void;
}

/** All sockets of one process: how many there may be, and their common end. */
export class SocketHub {
  readonly #clock: Clock;
  /** How many sockets there may be. */
  readonly limit: number;
  readonly #observer: HubObserver;
  readonly #stallMs: number;
  readonly #sessions = new Set<Session>();
  /** Those whose sockets are not gone yet: the sessions, and what is closing. */
  readonly #sockets = new Set<Session>();
  /** Places taken by handshakes that are not sockets yet. */
  #reserved = 0;
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  constructor(
    clock: Clock,
    limit: number,
    observer: HubObserver = {},
    stallMs = SOCKET_STALL_MS,
  ) {
    this.#clock = clock;
    this.limit = limit;
    this.#observer = observer;
    this.#stallMs = stallMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Takes a place for a handshake; undefined when there is none. */
  reserve(ledger: string): Place | undefined {
    if (this.#isDraining || this.#sessions.size + this.#reserved >= this.limit) {
      this.refused(ledger, "limit");
      return undefined;
    }
    this.#reserved++;
    let isTaken = true;
    const giveBack = () => {
      if (isTaken) this.#reserved--;
      isTaken = false;
    };
    return {
      giveBack,
      occupy: (transport) => {
        giveBack();
        return this.#open(ledger, transport);
      },
    };
  }

  /** Notes a handshake that was refused before it became a socket. */
  refused(ledger: string, reason: string): void {
    this.#observer.refused?.(ledger, reason);
  }

  /**
   * Closes every socket with "server is stopping"; resolves when all are gone, which a peer that
   * has stalled can put off for ever.
   */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const session of [...this.#sessions]) session.close("shutdown");
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }

  #open(ledger: string, transport: Transport): Session {
    const observer: SessionObserver = {
      closed: (session, reason) => {
        this.#sessions.delete(session);
        this.#observer.closed?.(ledger, reason);
      },
      gone: (session) => {
        this.#sockets.delete(session);
        if (this.#sockets.size === 0) this.#onEmpty?.();
      },
    };
    const session = new Session(transport, this.#clock, observer, this.#stallMs);
    this.#sessions.add(session);
    this.#sockets.add(session);
    this.#observer.opened?.(ledger);
    // A handshake that was under way when the drain began.
    if (this.#isDraining) session.close("shutdown");
    return session;
  }
}

/** A place among the sockets, taken before the handshake. */
export interface Place {
  giveBack(): void;
  occupy(transport: Transport): Session;
}
