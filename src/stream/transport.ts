import type { Frames } from "./frames.ts";

/**
 * The port between a session and whatever carries its messages. `Deno.upgradeWebSocket` is the
 * first transport, and the only one on Deno Deploy; a faster one can stand behind it without
 * touching a ledger.
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
  close(code: number, reason: string): void;
}
