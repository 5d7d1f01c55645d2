import type { Frames } from "./frames.ts";

/**
 * The port between a session and whatever carries its messages: the connection itself where
 * `node:http` is the edge, and a socket of `Deno.upgradeWebSocket` where `Deno.serve` is.
 */
export interface Transport {
  /** Bytes handed over that the peer's side has not taken yet. */
  readonly buffered: number;
  /**
   * Sends the frames `from` to `to - 1`, as far as the buffer stays low. Returns the index after
   * the last one it is done with.
   */
  sendFrames(frames: Frames, from: number, to: number): number;
  /** Sends one message of its own, whatever the buffer. */
  sendText(text: string): void;
  /** Says why, and ends. Whoever does not take that is cut after a while, where that can be done. */
  close(code: number, reason: string): void;
  /** Ends the connection at once: a peer that does not read is not waited for. */
  cut?(): void;
  /** Calls `task` once, when the peer's side has taken everything. */
  whenDrained?(task: () => void): void;
}
