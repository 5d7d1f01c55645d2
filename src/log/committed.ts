import type { EventBatch } from "./event_batch.ts";

/** A record of a commit, and the events of it once they are asked for. */
export interface Committed {
  /** Offset of the first event. */
  readonly first: number;
  /** As it is stored. */
  readonly bytes: Uint8Array;
  batch(): EventBatch;
}
