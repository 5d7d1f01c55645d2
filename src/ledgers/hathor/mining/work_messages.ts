import type { Work } from "./search_turns.ts";

/** What a `NonceSearch` tells its thread: to begin a search, or to end it before it is over. */
export type WorkerRequest =
  | { readonly type: "begin"; readonly id: number; readonly work: Work }
  | { readonly type: "end"; readonly id: number };
