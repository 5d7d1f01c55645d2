/** What the log tells whoever watches over it. Everything is optional; nothing is awaited. */
export interface LogObserver {
  /** A group was committed: its events, bytes of data, and the milliseconds until the store had it. */
  committed?(chain: string, events: number, bytes: number, ms: number): void;
  /** Another instance moved the head first, and the group is run again. */
  conflict?(chain: string): void;
  /** A commit ended without an answer and is looked up. */
  unknownOutcome?(chain: string): void;
  /** A group could not be committed, and its writers were told the error. */
  failed?(chain: string, error: unknown): void;
  /** A follower's chain moved: heard from this process, from the watch, or found by the poll. */
  woken?(source: "local" | "watch" | "poll"): void;
}

/** Tells two observers of everything. */
export function observers(one: LogObserver, other: LogObserver): LogObserver {
  return {
    committed(chain, events, bytes, ms) {
      one.committed?.(chain, events, bytes, ms);
      other.committed?.(chain, events, bytes, ms);
    },
    conflict(chain) {
      one.conflict?.(chain);
      other.conflict?.(chain);
    },
    unknownOutcome(chain) {
      one.unknownOutcome?.(chain);
      other.unknownOutcome?.(chain);
    },
    failed(chain, error) {
      one.failed?.(chain, error);
      other.failed?.(chain, error);
    },
    woken(source) {
      one.woken?.(source);
      other.woken?.(source);
    },
  };
}
