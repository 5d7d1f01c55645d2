import { isLoopback, subnetOf } from "../kernel/address.ts";
import { type AddressCounts, OwnCounts } from "../kernel/address_counts.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CloseReason } from "./close_codes.ts";
import { exchangeOf } from "./exchange.ts";
import type { Traffic, Watchable } from "./following.ts";
import { type PlaceKeeper, type Reservation, SocketPlace, type TakenPlace } from "./place.ts";
import { Stay, type StayKind, UNWATCHED, type Visitor } from "./stay.ts";
import { SendQueue } from "./send_queue.ts";
import { Session, type SessionObserver } from "./session.ts";
import { StallWatch } from "./stall_watch.ts";
import type { Transport } from "./transport.ts";

/** Counts and reasons, for metrics. Everything is optional. */
export interface HubObserver {
  opened?(ledger: string, stay: Stay): void;
  closed?(ledger: string, reason: CloseReason | "peer", stay: Stay): void;
  refused?(ledger: string, reason: string): void;
  /** A request is held, or no more. */
  held?(ledger: string, stay: Stay): void;
  released?(ledger: string, stay: Stay): void;
}

/** How many connections there may be, and how long one may stall. */
export interface HubLimits {
  readonly connections: number;
  /** What clients are told of that: what was asked for, of which the system may allow less. */
  readonly told?: number;
  /** As many of them from one address; IPv6 addresses count by network. No limit by default. */
  readonly perAddress?: number | undefined;
  /** Whether the addresses of this machine have no limit of their own. */
  readonly isLocalFree?: boolean;
  readonly stallMs?: number;
}

/** What is told of a request that is held, for whoever watches over the connections. */
export interface HeldRequest {
  readonly kind: StayKind;
  readonly watched?: Watchable;
}

/**
 * All connections of one process that stay open, sockets and requests that are held: how many there
 * may be, and their common end.
 */
export class SocketHub {
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  readonly #observer: HubObserver;
  readonly #watch: StallWatch;
  readonly #queue = new SendQueue();
  /** What the ids of its connections begin with, so that no two of any hub are the same. */
  readonly #name = crypto.randomUUID().slice(0, 6);
  #number = 0;
  /** What was sent to those that are gone, by ledger. */
  readonly #sent = new Map<string, Sum>();
  readonly #sessions = new Map<Session, Stay>();
  /** Those whose sockets are not gone yet: the sessions, and what is closing. */
  readonly #sockets = new Set<Session>();
  /** Requests that are held, each as the way to end it. */
  readonly #held = new Map<() => void, Stay>();
  /** Places taken, by handshakes that are not sockets yet as well. */
  readonly #taken: AddressCounts;
  readonly #keeper: PlaceKeeper = {
    release: (taken) => this.#release(taken),
    open: (...socket) => this.#open(...socket),
    closed: (session, reason) => this.#closed(session, reason),
    gone: (session, taken) => this.#gone(session, taken),
  };
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  /** `taken` counts the places, with those that other hubs of the server have taken. */
  constructor(
    clock: Clock,
    limits: HubLimits,
    observer: HubObserver = {},
    taken: AddressCounts = new OwnCounts(),
  ) {
    this.#taken = taken;
    this.#clock = clock;
    this.#limits = limits;
    this.#observer = observer;
    this.#watch = new StallWatch(clock, limits.stallMs);
  }

  /** How many connections there may be. */
  get limit(): number {
    return this.#limits.told ?? this.#limits.connections;
  }

  /** How many sockets there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Takes a place for a handshake; undefined when there is none. */
  reserve(ledger: string, visitor: Visitor): Reservation | undefined {
    const taken = this.#take(ledger, visitor.address);
    return taken && new SocketPlace(this.#keeper, taken, ledger, visitor);
  }

  /**
   * Takes a place for a request that waits, such as a long poll; undefined when there is none.
   * `end` is called when the visitor may stay no longer. The place is given back by the function
   * returned.
   */
  hold(
    ledger: string,
    visitor: Visitor,
    end: () => void,
    { kind, watched = UNWATCHED }: HeldRequest,
  ): (() => void) | undefined {
    const taken = this.#take(ledger, visitor.address);
    if (taken === undefined) return undefined;
    // A function of its own, so that the same `end` may hold two places.
    const ending = () => end();
    const stay = this.#stay(ledger, visitor, { kind, watched, end: ending });
    this.#held.set(ending, stay);
    this.#observer.held?.(ledger, stay);
    const exchange = visitor.request === undefined ? undefined : exchangeOf(visitor.request);
    // Whoever leaves while it waits for news has not come for what is there.
    const endHeld = () => {
      if (this.#held.has(ending)) end();
    };
    exchange?.whenLeft?.(endHeld);
    // The key was taken back between its admission and this; whoever holds knows of its place first.
    if (visitor.grant.isOver) queueMicrotask(endHeld);
    return () => {
      if (!this.#held.delete(ending)) return;
      this.#wasSent(stay);
      this.#observer.released?.(ledger, stay);
      // What it was told may wait for a client that does not read.
      if (exchange === undefined) this.#release(taken);
      else exchange.whenOver(() => this.#release(taken));
    };
  }

  /** Ends every connection whose grant is over. */
  expel(): void {
    for (const [session, { visitor: { grant } }] of [...this.#sessions]) {
      if (grant.isOver) session.close("unauthorized");
    }
    for (const [end, { visitor: { grant } }] of [...this.#held]) if (grant.isOver) end();
  }

  /** All that are here. */
  *stays(): Iterable<Stay> {
    yield* this.#sessions.values();
    yield* this.#held.values();
  }

  /** Ends a connection; whether there was one of that id. */
  end(id: string): boolean {
    for (const stay of this.stays()) {
      if (stay.id !== id) continue;
      stay.end();
      return true;
    }
    return false;
  }

  /** What was sent since the hub began, by ledger. */
  traffic(): ReadonlyMap<string, Traffic> {
    const all = new Map<string, Sum>();
    for (const [ledger, sum] of this.#sent) all.set(ledger, { ...sum });
    // Without the iterator of both: this is done once a second.
    for (const stay of this.#sessions.values()) add(all, stay);
    for (const stay of this.#held.values()) add(all, stay);
    return all;
  }

  /**
   * Breaks every socket without a word and ends whatever waits, as a network that fails does. Returns
   * how many there were.
   */
  interrupt(): number {
    const [sessions, held] = [[...this.#sessions.keys()], [...this.#held.keys()]];
    for (const session of sessions) session.cut();
    for (const end of held) end();
    return sessions.length + held.length;
  }

  /**
   * Ends every connection, so that whoever comes back meets what there is now. Those that have
   * something to send do so first, or hear why they cannot.
   */
  renew(): void {
    for (const end of [...this.#held.keys()]) end();
    const sessions = [...this.#sessions.keys()];
    this.#queue.add({ send: () => sessions.forEach((session) => session.close("try_later")) });
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
    for (const session of [...this.#sessions.keys()]) session.close("shutdown");
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }

  /** Takes a place, until it is released. */
  #take(ledger: string, address: string): TakenPlace | undefined {
    const { connections, perAddress, isLocalFree = false } = this.#limits;
    const isFree = perAddress === undefined || (isLocalFree && isLoopback(address));
    const network = isFree ? undefined : subnetOf(address);
    const taken = this.#taken;
    taken.add(network);
    const isFull = this.#isDraining || taken.total > connections;
    const isOver = network !== undefined && taken.of(network) > (perAddress ?? Infinity);
    if (isFull || isOver) {
      taken.remove(network);
      this.refused(ledger, isFull ? "limit" : "address_limit");
      return undefined;
    }
    return { network, isReleased: false };
  }

  #release(place: TakenPlace): void {
    if (place.isReleased) return;
    place.isReleased = true;
    this.#taken.remove(place.network);
  }

  #stay(
    ledger: string,
    visitor: Visitor,
    parts: Pick<Stay, "kind" | "watched" | "end">,
  ): Stay {
    const id = `${this.#name}-${(this.#number++).toString(36)}`;
    return new Stay({ id, ledger, visitor, since: this.#clock.now(), ...parts });
  }

  #wasSent(stay: Stay): void {
    add(this.#sent, stay);
  }

  #closed(session: Session, reason: CloseReason | "peer"): void {
    const stay = this.#sessions.get(session);
    if (stay === undefined) return;
    this.#sessions.delete(session);
    this.#wasSent(stay);
    this.#observer.closed?.(stay.ledger, reason, stay);
  }

  #gone(session: Session, place: TakenPlace): void {
    // A connection takes its place until it is really gone, whatever it is told.
    this.#release(place);
    this.#sockets.delete(session);
    if (this.#sockets.size === 0) this.#onEmpty?.();
  }

  #open(
    ledger: string,
    transport: Transport,
    visitor: Visitor,
    observer: SessionObserver,
  ): Session {
    const session = new Session(transport, this.#clock, observer, this.#watch, this.#queue);
    const end = () => session.close("ended");
    const stay = this.#stay(ledger, visitor, { kind: "socket", watched: session, end });
    this.#sessions.set(session, stay);
    this.#sockets.add(session);
    this.#observer.opened?.(ledger, stay);
    // What came to pass while the handshake was under way.
    if (this.#isDraining) session.close("shutdown");
    else if (visitor.grant.isOver) session.close("unauthorized");
    return session;
  }
}

/** What was sent, as it is summed up. */
interface Sum extends Traffic {
  messages: number;
  bytes: number;
}

function add(sums: Map<string, Sum>, { ledger, watched }: Stay): void {
  let sum = sums.get(ledger);
  if (sum === undefined) sums.set(ledger, sum = { messages: 0, bytes: 0 });
  sum.messages += watched.messages;
  sum.bytes += watched.bytes;
}
