import { SOCKET_HIGH_WATER, SOCKET_LOW_WATER } from "../../src/kernel/limits.ts";
import type { Frames } from "../../src/sockets/frames.ts";
import type { Transport } from "../../src/sockets/transport.ts";

/** A peer that takes what it is sent when the test says so. */
export class FakeTransport implements Transport {
  /** Every message handed over, in order. */
  readonly sent: string[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  buffered = 0;
  messages = 0;
  bytes = 0;
  /** Whether the peer takes everything at once. */
  isReading = true;
  #drained: (() => void) | undefined;

  sendFrames(frames: Frames, from: number, to: number): number {
    for (let index = from; index < to; index++) {
      const text = frames.texts[index];
      if (text === undefined) continue;
      if (this.buffered >= SOCKET_HIGH_WATER) return index;
      this.#send(text);
    }
    return to;
  }

  sendAll({ texts }: Frames): void {
    for (const text of texts) if (text !== undefined) this.#send(text);
  }

  whenDrained(task: () => void): void {
    this.#drained = task;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** The peer takes that many bytes, or everything. */
  take(bytes = Infinity): void {
    this.buffered = Math.max(0, this.buffered - bytes);
    if (this.buffered > SOCKET_LOW_WATER || this.closed !== undefined) return;
    const task = this.#drained;
    this.#drained = undefined;
    task?.();
  }

  #send(text: string): void {
    this.sent.push(text);
    this.messages++;
    this.bytes += text.length;
    if (!this.isReading) this.buffered += text.length;
  }
}
