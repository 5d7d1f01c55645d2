import type { Clock } from "../../kernel/clock.ts";
import {
  BODY_BYTES_PER_SECOND,
  BODY_GRACE_MS,
  BODY_MS,
  HEAD_MS,
  KEEP_ALIVE_MS,
  LEAVE_MS,
  PING_SECONDS,
} from "../../kernel/limits.ts";

/** Milliseconds between looks at all connections. */
export const LOOK_MS = 1_000;

/** Why a connection was refused or cut. */
export type CutReason =
  /** There are too many, of all or of its address. */
  | "limit"
  | "address_limit"
  /** It sent no request in time, or half of one. */
  | "head"
  | "body"
  /** It was idle between two requests, too long or while others needed room. */
  | "idle"
  /** It did not take what it was sent. */
  | "stalled"
  /** A socket gave no sign of life. */
  | "silent";

/** A connection, as the edge that accepted it knows it. */
export interface Peer {
  readonly address: string;
  /** Bytes it has sent. */
  readonly received: number;
  /** Bytes for it that its side has not taken yet. */
  readonly pending: number;
  /** Counts what it has taken: it moves while it takes something. */
  readonly taken: number;
  /** Whether it sends more than requests, as those of HTTP/2 do. */
  readonly isFramed?: boolean;
  /** Says that it should come back later, and takes leave. */
  refuse(): void;
  /** Says that its request was too slow, and takes leave. */
  timeOut(): void;
  /** Takes leave. */
  end(): void;
  /** Resets the connection. */
  cut(): void;
}

/** A request's body on its way. */
export interface Body {
  /** Whether nothing more of it is to come, or nobody takes it at the moment. */
  readonly isAtRest: boolean;
}

/** Who hears of a connection. */
interface Owner<N> {
  rests(connection: HttpConnection<N>): void;
  works(connection: HttpConnection<N>): void;
  gone(connection: HttpConnection<N>): void;
}

/** One connection, and what it does. */
export class HttpConnection<N = unknown> {
  readonly network: N;
  readonly #peer: Peer;
  readonly #clock: Clock;
  readonly #owner: Owner<N>;
  #isFresh = true;
  #since: number;
  /** Bytes it had sent when it came to rest. */
  #seen = 0;
  /** When the head of a request that is not whole began to come. */
  #headSince: number | undefined;
  #requests = 0;
  #body: { readonly body: Body; since: number; readonly from: number } | undefined;
  /** What it had sent and taken when it was last looked at, and when that last moved. */
  readonly #progress: { received: number; taken: number; pending: number; at: number };
  #ping: (() => void) | undefined;
  #isPinged = false;
  #leftAt: number | undefined;

  constructor(peer: Peer, clock: Clock, network: N, owner: Owner<N>) {
    this.#peer = peer;
    this.#clock = clock;
    this.network = network;
    this.#owner = owner;
    this.#since = clock.now();
    this.#progress = { received: 0, taken: 0, pending: 0, at: this.#since };
  }

  /** Whether it has not brought a request yet. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  /** When it came to rest. */
  get since(): number {
    return this.#since;
  }

  /** Whether it has no request, and is no socket. */
  get isResting(): boolean {
    return this.#requests === 0 && this.#ping === undefined;
  }

  /** It has brought the head of a request. */
  begin(body?: Body): void {
    if (this.#requests++ === 0) this.#owner.works(this);
    this.#isFresh = false;
    this.#headSince = undefined;
    const now = this.#clock.now();
    this.#progress.at = now;
    if (body !== undefined) this.#body = { body, since: now, from: this.#peer.received };
  }

  /** Its request is answered. */
  finish(): void {
    this.#body = undefined;
    if (this.#requests === 0 || --this.#requests > 0 || this.#ping !== undefined) return;
    this.#since = this.#clock.now();
    this.#seen = this.#peer.received;
    this.#owner.rests(this);
  }

  /** It is a socket from now on, and `ping` asks it for a sign of life. */
  upgraded(ping: () => void): void {
    this.#ping = ping;
    this.#owner.works(this);
    this.#progress.at = this.#clock.now();
  }

  /** Takes leave, and is cut if its peer does not. */
  end(): void {
    if (this.#leftAt !== undefined) return;
    this.leave();
    this.#peer.end();
  }

  /** Has taken leave in its own words, and is cut if its peer does not. */
  leave(): void {
    this.#leftAt ??= this.#clock.now();
    this.#owner.works(this);
  }

  cut(): void {
    this.#owner.works(this);
    this.#peer.cut();
  }

  /** It is gone. May be called more than once. */
  gone(): void {
    this.#owner.gone(this);
  }

  /** Looks whether it has taken too long; returns why it was ended then. */
  look(now: number, stallMs: number): CutReason | undefined {
    if (this.#leftAt !== undefined) {
      if (now - this.#leftAt >= LEAVE_MS) this.cut();
      return undefined;
    }
    if (this.#ping !== undefined) return this.#lookAtSocket(now, this.#ping);
    return this.#requests > 0 ? this.#lookAtRequest(now, stallMs) : this.#lookAtRest(now);
  }

  #lookAtRest(now: number): CutReason | undefined {
    if (this.#isFresh) return now - this.#since >= HEAD_MS ? this.#timeOut("head") : undefined;
    // What comes between requests of HTTP/2, such as a ping, is no head that begins.
    if (this.#peer.received > this.#seen && !this.#peer.isFramed) this.#headSince ??= now;
    if (this.#headSince !== undefined) {
      return now - this.#headSince >= HEAD_MS ? this.#timeOut("head") : undefined;
    }
    if (now - this.#since < KEEP_ALIVE_MS) return undefined;
    this.end();
    return "idle";
  }

  #lookAtRequest(now: number, stallMs: number): CutReason | undefined {
    const { received, taken, pending } = this.#peer;
    const progress = this.#progress;
    if (pending === 0 || taken !== progress.taken) progress.at = now;
    progress.taken = taken;
    if (this.#body !== undefined) {
      const { body, since, from } = this.#body;
      const ms = now - since - BODY_GRACE_MS;
      const owed = ms / 1_000 * BODY_BYTES_PER_SECOND;
      // Who is not asked for more owes nothing meanwhile.
      if (body.isAtRest) this.#body.since = Math.min(now, since + LOOK_MS);
      else if (ms >= BODY_MS || received - from < owed) return this.#timeOut("body");
    }
    if (now - progress.at < stallMs) return undefined;
    this.cut();
    return "stalled";
  }

  #lookAtSocket(now: number, ping: () => void): CutReason | undefined {
    const { received, taken, pending } = this.#peer;
    const progress = this.#progress;
    // What is taken of a backlog is a sign of life as well: the answer to a ping waits behind it.
    const isAlive = received !== progress.received ||
      (progress.pending > 0 && taken !== progress.taken);
    Object.assign(progress, { received, taken, pending });
    if (isAlive) {
      progress.at = now;
      this.#isPinged = false;
    }
    const silentMs = now - progress.at;
    if (silentMs >= PING_SECONDS * 2_000) {
      this.cut();
      return "silent";
    }
    if (silentMs >= PING_SECONDS * 1_000 && !this.#isPinged) {
      this.#isPinged = true;
      ping();
    }
    return undefined;
  }

  #timeOut(reason: CutReason): CutReason {
    this.leave();
    this.#peer.timeOut();
    return reason;
  }
}
