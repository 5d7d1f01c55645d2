import type { Traffic } from "./following.ts";
import type { Frames } from "./frames.ts";

/** The half of the port that sources write to. */
export interface Sink {
  /** Bytes handed over that the peer's side has not taken yet: what backpressure is read from. */
  readonly buffered: number;
  /**
   * Sends the frames `from` to `to - 1` in one call, as far as the buffer stays below the high-water
   * mark. Returns the index after the last one it is done with.
   */
  sendFrames(frames: Frames, from: number, to: number): number;
  /** Sends all of some frames whatever the buffer: answers, and notices between events. */
  sendAll(frames: Frames): void;
}

/**
 * The port between a session and whatever carries its messages; see `README.md` for what is asked
 * of a new one.
 */
export interface Transport extends Sink, Traffic {
  /** Writes what it was handed over, where it would wait for more of the same turn. */
  flush?(): void;
  /**
   * Calls `task` once, when what was buffered has sunk to the low-water mark or below: the session
   * has stopped sending until then. Not called any more once the socket is closed.
   */
  whenDrained(task: () => void): void;
  /**
   * Asks the peer for a sign of life, for which any byte will do; the pong is one. Left out where
   * the runtime asks by itself, and ends a socket that is silent.
   */
  ping?(): void;
  /** Says why, and ends. Whoever does not take that is cut after a while, where that can be done. */
  close(code: number, reason: string): void;
  /** Ends the connection at once: a peer that does not read is not waited for. */
  cut?(): void;
}
