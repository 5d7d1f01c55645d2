import type { Work, WorkShare } from "./search_turns.ts";

/**
 * What a `NonceSearch` tells each of its threads: first of all which of them it is; then to begin a
 * search, or to end it before it is over.
 */
export type WorkerRequest =
  | { readonly type: "share"; readonly share: WorkShare }
  | { readonly type: "begin"; readonly id: number; readonly work: Work }
  | { readonly type: "end"; readonly id: number };
