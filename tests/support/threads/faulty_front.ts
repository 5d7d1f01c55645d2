import { parentPort, threadId } from "node:worker_threads";
import { mailboxOf, runFront } from "../../../src/server/front.ts";

/** A fault that a front is told to have, by the first that hears of it. */
export interface Fault {
  readonly kind: "throw" | "hang" | "memory";
  /** Taken by the first front that adds to it. */
  readonly taken: SharedArrayBuffer;
  /** Milliseconds that it hangs. */
  readonly ms?: number;
}

/** Where tests tell of faults. */
export const FAULTS = "ledgerline-test-faults";

// The program's own front, with an ear for faults beside it.
if (parentPort !== null && threadId > 0) {
  runFront(mailboxOf(parentPort));
  const channel = new BroadcastChannel(FAULTS);
  channel.onmessage = ({ data }: MessageEvent<Fault>) => {
    if (Atomics.add(new Int32Array(data.taken), 0, 1) > 0) return;
    setTimeout(() => suffer(data), 0);
  };
}

function suffer({ kind, ms = 0 }: Fault): void {
  if (kind === "throw") throw new Error("as the test wants it");
  const end = Date.now() + ms;
  const kept: number[][] = [];
  while (kind === "memory" || Date.now() < end) {
    if (kind === "memory") kept.push(new Array(10_000).fill(Math.random()));
  }
}
