import type { Following } from "./following.ts";
import type { Sink } from "./transport.ts";

/** How far a turn of sending went. */
export type Progress =
  /** Nothing more for now: the source wakes its session when there is. */
  | "caught_up"
  /** The socket is full. */
  | "full"
  /** Something is being read: go on when the promise resolves. */
  | Promise<unknown>;

/** Where a session's messages come from: a cursor, and how what is there becomes messages. */
export interface Source {
  /** Where the peer has to come back to, as it would say it. */
  readonly offset: number | string;
  /** Where it is in a chain; left out, or undefined, where it reads none. */
  readonly following?: Following | undefined;
  /**
   * Sends what there is, as far as the socket takes it: it stops at `highWater` bytes that are
   * buffered. Not called while a promise that it returned is pending. Throws what the chain fails
   * with.
   */
  send(sink: Sink, highWater: number): Progress;
  /** Keeps the offset alone, while the socket is full. */
  release(): void;
  /** Ends, and takes itself off its session. */
  close(): void;
}
