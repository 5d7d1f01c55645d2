import { isLoopback, subnetOf } from "../../kernel/address.ts";
import { type AddressCounts, OwnCounts } from "../../kernel/address_counts.ts";
import type { Clock } from "../../kernel/clock.ts";
import { LEAVE_MS } from "../../kernel/limits.ts";
import {
  type ConnectionOwner,
  type CutReason,
  HttpConnection,
  LOOK_MS,
  type Peer,
} from "./connection.ts";
import type { ConnectionLimits } from "./connection_limits.ts";

/** Milliseconds for which the limit stays lowered after descriptors ran out. */
const EXHAUSTED_MS = 60_000;

/** Refusals under way at one time; further connections are reset, which costs less. */
const TOLD = 32;

/** Counts and reasons, for metrics. */
export interface ConnectionObserver {
  connected?(): void;
  disconnected?(): void;
  cut?(reason: CutReason): void;
}

/**
 * All connections of one process, from accept to close: limits their number, in all and for each
 * address, and times each by its state.
 */
export class Connections {
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #observer: ConnectionObserver;
  readonly #all = new Set<Admitted>();
  readonly #waiting = new Waiting();
  readonly #networks = new Map<string, Network>();
  readonly #counts: AddressCounts;
  /** What all of them tell. */
  readonly #owner: ConnectionOwner<Network | undefined> = {
    rests: (one) => this.#rests(one),
    works: (one) => this.#works(one),
    gone: (one) => this.#gone(one),
  };
  #most: number;
  #exhaustedAt = -Infinity;
  #told = 0;
  #cancelLook: (() => void) | undefined;

  /** `counts` are of these connections, with those of other threads of the server. */
  constructor(
    clock: Clock,
    limits: ConnectionLimits,
    observer: ConnectionObserver = {},
    counts: AddressCounts = new OwnCounts(),
  ) {
    this.#counts = counts;
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
   * Admits a connection. At the limit it evicts an idle one, of its own address where that is at its
   * limit; where there is none to evict, it is refused and undefined returned.
   */
  admit(peer: Peer): Admitted | undefined {
    const { trustedProxies } = this.#limits;
    const name = trustedProxies.has(peer.address) ? undefined : subnetOf(peer.address);
    const network = name === undefined ? undefined : this.#network(name);
    const most = this.#limits.ofAddress(isLoopback(peer.address));
    const counts = this.#counts;
    counts.add(name);
    const isFull = network !== undefined && counts.of(network.name) > most;
    if (isFull && !this.#makeRoom(network.waiting, "address_limit")) {
      return this.#refuse(peer, "address_limit", network);
    }
    if (counts.total > this.#most && !this.#makeRoom(this.#waiting, "limit")) {
      return this.#refuse(peer, "limit", network);
    }
    const connection = new HttpConnection(peer, this.#clock, network, this.#owner);
    this.#all.add(connection);
    if (network !== undefined) network.count++;
    this.#rests(connection);
    this.#observer.connected?.();
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
    return connection;
  }

  /**
   * Descriptors ran out (EMFILE): for a while the limit is the present number less a few, and idle
   * connections are evicted.
   */
  exhausted(): void {
    const now = this.#clock.now();
    // Several ports notice it at once.
    if (now - this.#exhaustedAt < LOOK_MS) return;
    this.#exhaustedAt = now;
    this.#most = Math.max(1, Math.floor(Math.min(this.#most, this.#counts.total) * 7 / 8));
    // Evicted connections close a little later.
    for (let excess = this.#counts.total - this.#most; excess > 0; excess--) {
      if (!this.#makeRoom(this.#waiting, "limit")) return;
    }
  }

  /**
   * Counts a request that a trusted proxy forwards as a connection of its client; the function
   * returned ends that. Undefined where that address is at its limit.
   */
  forward(address: string): (() => void) | undefined {
    const network = this.#network(subnetOf(address));
    const counts = this.#counts;
    counts.forward(network.name);
    if (counts.of(network.name) > this.#limits.ofAddress(isLoopback(address))) {
      counts.withdraw(network.name);
      this.#forget(network);
      this.#observer.cut?.("address_limit");
      return undefined;
    }
    network.count++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      counts.withdraw(network.name);
      network.count--;
      this.#forget(network);
    };
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
    this.#counts.remove(network?.name);
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

  #rests(connection: Admitted): void {
    this.#waiting.add(connection);
    connection.network?.waiting.add(connection);
  }

  #works(connection: Admitted): void {
    this.#waiting.delete(connection);
    connection.network?.waiting.delete(connection);
  }

  #gone(connection: Admitted): void {
    this.#works(connection);
    if (!this.#all.delete(connection)) return;
    const { network } = connection;
    this.#counts.remove(network?.name);
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

/** What connections are counted by: an IPv4 address, or a network of IPv6. */
interface Network {
  readonly name: string;
  count: number;
  readonly waiting: Waiting;
}

/** A connection, with the address that it counts for. */
type Admitted = HttpConnection<Network | undefined>;

/** Connections without a request, in order of eviction. */
class Waiting {
  /** Those without a first request yet, the oldest first. */
  readonly #fresh = new Set<Admitted>();
  /** Those between two requests, the longest idle first. */
  readonly #idle = new Set<Admitted>();

  add(connection: Admitted): void {
    (connection.isFresh ? this.#fresh : this.#idle).add(connection);
  }

  delete(connection: Admitted): void {
    if (!this.#fresh.delete(connection)) this.#idle.delete(connection);
  }

  /** The next to evict: one whose first request is overdue, else an idle one, else a new one. */
  first(now: number): Admitted | undefined {
    const [fresh] = this.#fresh;
    if (fresh !== undefined && now - fresh.since >= LOOK_MS) return fresh;
    const [idle] = this.#idle;
    return idle ?? fresh;
  }
}
