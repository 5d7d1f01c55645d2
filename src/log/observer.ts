/** What the log tells whoever watches over it. Everything is optional; nothing is awaited. */
export interface LogObserver {
  /** A group was committed: its events, bytes of data, and the milliseconds the store took. */
  committed?(chain: string, events: number, bytes: number, ms: number): void;
  /** Another instance moved the head first, and the group is run again. */
  conflict?(chain: string): void;
  /** A commit ended without an answer and is looked up. */
  unknownOutcome?(chain: string): void;
  /** A follower's chain moved: heard from this process, from the watch, or found by the poll. */
  woken?(source: "local" | "watch" | "poll"): void;
}
