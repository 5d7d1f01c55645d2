/** What runs in the thread of {@linkcode ChildKeyThread}. */
import type { ChildKeyBatch } from "./child_key_thread.ts";
import { HdPublicKey } from "./hd_public_key.ts";

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  // Sent by ChildKeyThread alone.
  const { key, chainCode, first, count } = event.data as ChildKeyBatch;
  const parent = new HdPublicKey(key, chainCode);
  postMessage(Array.from({ length: count }, (_, at) => parent.childKey(first + at)));
});

/** A worker's own, which the types of the main thread do not have. */
declare function postMessage(message: unknown): void;
