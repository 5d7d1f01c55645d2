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

/** Milliseconds between two checks of all connections. */
export const LOOK_MS = 1_000;

/** Why a connection was refused or cut. */
export type CutReason =
  /** There are too many, of all or of its address. */
  | "limit"
  | "address_limit"
  /** It sent no whole request head in time (slowloris). */
  | "head"
  | "body"
  /** It was idle between two requests, too long or while others needed room. */
  | "idle"
  /** It stopped reading what it was sent. */
  | "stalled"
  /** A socket did not answer pings. */
  | "silent";

/** A connection, as the edge that accepted it knows it. */
export interface Peer {
  readonly address: string;
  /** Bytes it has sent. */
  readonly received: number;
  /** Bytes buffered for it. */
  readonly pending: number;
  /** A counter that moves while the peer reads. */
  readonly taken: number;
  /** Whether it is HTTP/2, whose frames are not all parts of requests. */
  readonly isFramed?: boolean;
  /** Answers 503 with `retry-after`, and ends the connection. */
  refuse(): void;
  /** Answers 408, and ends the connection. */
  timeOut(): void;
  /** Ends the connection in order. */
  end(): void;
  /** Resets the connection. */
  cut(): void;
}

/** A socket, of which a pong can be asked. */
export interface Pinged {
  ping(): void;
}

/** A request's body on its way. */
export interface Body {
  /** Whether it has ended, or nobody reads it at the moment. */
  readonly isAtRest: boolean;
}

/** Observes connections. */
export interface ConnectionOwner<N> {
  rests(connection: HttpConnection<N>): void;
  works(connection: HttpConnection<N>): void;
  gone(connection: HttpConnection<N>): void;
}

/** The state of one connection, by which it is timed. */
export class HttpConnection<N = unknown> {
  readonly network: N;
  readonly #peer: Peer;
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner<N>;
  #isFresh = true;
  #since: number;
  /** Bytes received when it became idle. */
  #seen = 0;
  /** When the first byte of an unfinished request head came. */
  #headSince: number | undefined;
  #requests = 0;
  #body: { readonly body: Body; since: number; readonly from: number } | undefined;
  /** What it had sent and read at the last check, and when that last moved. */
  readonly #progress: { received: number; taken: number; pending: number; at: number };
  #socket: Pinged | undefined;
  /** How often it was looked at since it was asked for a sign of life; undefined where it was not. */
  #looksAsked: number | undefined;
  #leftAt: number | undefined;

  constructor(peer: Peer, clock: Clock, network: N, owner: ConnectionOwner<N>) {
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

  /** When it became idle. */
  get since(): number {
    return this.#since;
  }

  /** Whether it has no request, and is no socket. */
  get isResting(): boolean {
    return this.#requests === 0 && this.#socket === undefined;
  }

  /** A whole request head has come. */
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
    if (this.#requests === 0 || --this.#requests > 0 || this.#socket !== undefined) return;
    this.#since = this.#clock.now();
    this.#seen = this.#peer.received;
    this.#owner.rests(this);
  }

  /** It is a socket from now on. */
  upgraded(socket: Pinged): void {
    this.#socket = socket;
    this.#owner.works(this);
    this.#progress.at = this.#clock.now();
  }

  /** Ends it in order, and cuts it if the peer does not end it too. */
  end(): void {
    if (this.#leftAt !== undefined) return;
    this.leave();
    this.#peer.end();
  }

  /** It was ended by a last message of its own; cuts it if the peer does not end it too. */
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

  /** Ends it where it has taken too long; returns why. */
  look(now: number, stallMs: number): CutReason | undefined {
    if (this.#leftAt !== undefined) {
      if (now - this.#leftAt >= LEAVE_MS) this.cut();
      return undefined;
    }
    if (this.#socket !== undefined) return this.#lookAtSocket(now, this.#socket);
    return this.#requests > 0 ? this.#lookAtRequest(now, stallMs) : this.#lookAtRest(now);
  }

  #lookAtRest(now: number): CutReason | undefined {
    if (this.#isFresh) return now - this.#since >= HEAD_MS ? this.#timeOut("head") : undefined;
    // Between requests of HTTP/2 come frames such as pings, which are no request head.
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
      // A client whose body is not being read (backpressure) is not timed.
      if (body.isAtRest) this.#body.since = Math.min(now, since + LOOK_MS);
      else if (ms >= BODY_MS || received - from < owed) return this.#timeOut("body");
    }
    if (now - progress.at < stallMs) return undefined;
    this.cut();
    return "stalled";
  }

  #lookAtSocket(now: number, socket: Pinged): CutReason | undefined {
    const { received, taken, pending } = this.#peer;
    const progress = this.#progress;
    // Reading a backlog is a sign of life as well: the ping waits behind it.
    const isAlive = received !== progress.received ||
      (progress.pending > 0 && taken !== progress.taken);
    Object.assign(progress, { received, taken, pending });
    if (isAlive) {
      progress.at = now;
      this.#looksAsked = undefined;
    }
    if (this.#looksAsked === undefined) {
      if (now - progress.at < PING_SECONDS * 1_000) return undefined;
      this.#looksAsked = 0;
      socket.ping();
      return undefined;
    }
    // Counted in looks: what it says while this process stands still is heard only after that.
    if (++this.#looksAsked * LOOK_MS < PING_SECONDS * 1_000) return undefined;
    this.cut();
    return "silent";
  }

  #timeOut(reason: CutReason): CutReason {
    this.leave();
    this.#peer.timeOut();
    return reason;
  }
}
