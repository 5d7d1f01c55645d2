import { isLoopback, networkOf } from "../../kernel/address.ts";
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
import type { ConnectionLimits } from "./connection_limits.ts";

/** Milliseconds between looks at all connections. */
const LOOK_MS = 1_000;

/** Milliseconds for which fewer connections are let in after the system had no more descriptors. */
const EXHAUSTED_MS = 60_000;

/** Connections that are told to come back at one time; further ones are reset, which costs less. */
const TOLD = 32;

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

/** Counts and reasons, for metrics. */
export interface ConnectionObserver {
  connected?(): void;
  disconnected?(): void;
  cut?(reason: CutReason): void;
}

/** A connection, as the edge that accepted it knows it. */
export interface Peer {
  readonly address: string;
  /** Bytes it has sent. */
  readonly received: number;
  /** Bytes for it that its side has not taken yet. */
  readonly pending: number;
  /** Counts what it has taken: it moves while it takes something. */
  readonly taken: number;
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

/**
 * All connections of one process from their accept until they are gone, whatever they do: how many
 * there may be, of all and of each address, and how long each may take for what it does.
 */
export class Connections {
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #observer: ConnectionObserver;
  readonly #all = new Set<Connection>();
  readonly #waiting = new Waiting();
  readonly #networks = new Map<string, Network>();
  #most: number;
  #exhaustedAt = -Infinity;
  #told = 0;
  #cancelLook: (() => void) | undefined;

  constructor(clock: Clock, limits: ConnectionLimits, observer: ConnectionObserver = {}) {
    this.#clock = clock;
    this.#limits = limits;
    this.#observer = observer;
    this.#most = limits.connections;
  }

  /** How many there are. */
  get count(): number {
    return this.#all.size;
  }

  /**
   * Takes in a connection. One too many takes the place of one that has no request, its own
   * address's where that has too many; where none can go, it is refused and undefined returned.
   */
  admit(peer: Peer): Connection | undefined {
    const { trustedProxies } = this.#limits;
    const name = trustedProxies.has(peer.address) ? undefined : networkOf(peer.address);
    const network = name === undefined ? undefined : this.#network(name);
    const most = this.#limits.ofAddress(isLoopback(peer.address));
    const isFull = network !== undefined && network.count >= most;
    if (isFull && !this.#makeRoom(network.waiting, "address_limit")) {
      return this.#refuse(peer, "address_limit", network);
    }
    if (this.#all.size >= this.#most && !this.#makeRoom(this.#waiting, "limit")) {
      return this.#refuse(peer, "limit", network);
    }
    const connection = new Connection(peer, this.#clock, network, {
      rests: (one) => this.#rests(one),
      works: (one) => this.#works(one),
      gone: (one) => this.#gone(one),
    });
    this.#all.add(connection);
    if (network !== undefined) network.count++;
    this.#rests(connection);
    this.#observer.connected?.();
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
    return connection;
  }

  /**
   * The system has no more descriptors: for a while there may be no more connections than there are,
   * less a few for everything else, and those that do nothing make room.
   */
  exhausted(): void {
    const now = this.#clock.now();
    // Several ports find it out at once.
    if (now - this.#exhaustedAt < LOOK_MS) return;
    this.#exhaustedAt = now;
    this.#most = Math.max(1, Math.floor(Math.min(this.#most, this.#all.size) * 7 / 8));
    // They are gone a little later.
    for (let excess = this.#all.size - this.#most; excess > 0; excess--) {
      if (!this.#makeRoom(this.#waiting, "limit")) return;
    }
  }

  #look(): void {
    const now = this.#clock.now();
    if (now - this.#exhaustedAt >= EXHAUSTED_MS) this.#most = this.#limits.connections;
    for (const connection of this.#all) {
      const reason = connection.look(now, this.#limits.stallMs);
      if (reason !== undefined) this.#observer.cut?.(reason);
    }
    this.#cancelLook = this.#all.size === 0
      ? undefined
      : this.#clock.after(LOOK_MS, () => this.#look());
  }

  #makeRoom(waiting: Waiting, reason: CutReason): boolean {
    const victim = waiting.first(this.#clock.now());
    if (victim === undefined) return false;
    this.#observer.cut?.(reason);
    victim.cut();
    return true;
  }

  #refuse(peer: Peer, reason: CutReason, network: Network | undefined): undefined {
    this.#observer.cut?.(reason);
    if (network !== undefined) this.#forget(network);
    if (this.#told >= TOLD) return void peer.cut();
    this.#told++;
    peer.refuse();
    this.#clock.after(LEAVE_MS, () => {
      this.#told--;
      peer.cut();
    });
  }

  #network(name: string): Network {
    const known = this.#networks.get(name);
    if (known !== undefined) return known;
    const network = { name, count: 0, waiting: new Waiting() };
    this.#networks.set(name, network);
    return network;
  }

  #forget(network: Network): void {
    if (network.count === 0) this.#networks.delete(network.name);
  }

  #rests(connection: Connection): void {
    this.#waiting.add(connection);
    connection.network?.waiting.add(connection);
  }

  #works(connection: Connection): void {
    this.#waiting.delete(connection);
    connection.network?.waiting.delete(connection);
  }

  #gone(connection: Connection): void {
    this.#works(connection);
    if (!this.#all.delete(connection)) return;
    const { network } = connection;
    if (network !== undefined) {
      network.count--;
      this.#forget(network);
    }
    this.#observer.disconnected?.();
    if (this.#all.size > 0) return;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }
}

/** An address, or a network of IPv6. */
interface Network {
  readonly name: string;
  count: number;
  readonly waiting: Waiting;
}

/** Connections without a request, those that have been so longest first. */
class Waiting {
  /** Those that have not brought one yet. */
  readonly #fresh = new Set<Connection>();
  /** Those whose last was answered. */
  readonly #idle = new Set<Connection>();

  add(connection: Connection): void {
    (connection.isFresh ? this.#fresh : this.#idle).add(connection);
  }

  delete(connection: Connection): void {
    if (!this.#fresh.delete(connection)) this.#idle.delete(connection);
  }

  /** The one that goes first: one that should have brought its request, an idle one, a new one. */
  first(now: number): Connection | undefined {
    const [fresh] = this.#fresh;
    if (fresh !== undefined && now - fresh.since >= LOOK_MS) return fresh;
    const [idle] = this.#idle;
    return idle ?? fresh;
  }
}

/** Who hears of a connection. */
interface Owner {
  rests(connection: Connection): void;
  works(connection: Connection): void;
  gone(connection: Connection): void;
}

/** One connection, and what it does. */
export class Connection {
  readonly network: Network | undefined;
  readonly #peer: Peer;
  readonly #clock: Clock;
  readonly #owner: Owner;
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

  constructor(peer: Peer, clock: Clock, network: Network | undefined, owner: Owner) {
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
    if (this.#peer.received > this.#seen) this.#headSince ??= now;
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
