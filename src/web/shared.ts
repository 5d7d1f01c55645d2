import type { SocketHub } from "../sockets/hub.ts";
import type { Access } from "./access.ts";

/** Where connections that stay open take their places. */
export type SocketPlaces = Pick<SocketHub, "limit" | "reserve" | "hold" | "refused">;

/**
 * What the connections of a ledger share with all others: keys, limits and counts. Whatever carries
 * a connection reaches them by this alone, and a ledger never knows what carries it.
 */
export interface Shared {
  readonly access: Access;
  readonly sockets: SocketPlaces;
}

/** What all connections of a server share, on the way to the ledgers as well. */
export interface ServerShared extends Shared {
  /** Requests of each address; undefined where there is no limit. */
  readonly rate: {
    /** Takes a request of an address. Returns 0 for one that may go on, else the seconds to wait. */
    take(address: string): number;
  } | undefined;
  /** Connections of each address. */
  readonly connections: {
    /** Counts one for an address until the function returned is called; undefined where there are too many. */
    forward(address: string): (() => void) | undefined;
  };
  readonly counts: {
    /** A request, or a connection, was refused. */
    turnedAway(why: TurnedAway): void;
  };
}

/** Why the door turns a request away. */
export type DoorRefusal = "target" | "host_invalid" | "host" | "origin";

/** Why a request is refused before it comes to what it asks for. */
export type TurnedAway = DoorRefusal | "unauthorized" | "forbidden" | "rate" | "connections";
