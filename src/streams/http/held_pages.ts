/** Bytes of pages that are held for all who read, until their answers are sent. */
const HELD_BYTES = 32 * 1024 * 1024;

/** What an answer gets at the most, and where there is no room. */
const MOST_BYTES = 8 * 1024 * 1024;
const LEAST_BYTES = 256 * 1024;

/** A part of what may be held. */
export interface Share {
  readonly bytes: number;
  /** It takes `bytes` from now on, and `letGo` is called where the room is needed for another. */
  keep(bytes: number, letGo: () => void): void;
  /** It is in use, and takes `bytes`. */
  use(bytes: number): void;
  /** It is over. May be called more than once. */
  end(): void;
}

/**
 * What pages may take in memory, however many read. Each answer gets up to half of what is free. Where
 * there is no room, the page whose client has taken nothing for the longest is let go of: what is left
 * of its answer is read anew, little by little, as the client takes it.
 */
export class HeldPages {
  /** In the order of their last use. */
  readonly #kept = new Map<Share, { bytes: number; readonly letGo: () => void }>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit = HELD_BYTES) {
    this.#limit = limit;
  }

  /** Bytes that are held, and those of pages being read. */
  get bytes(): number {
    return this.#bytes;
  }

  share(): Share {
    for (const share of this.#kept.keys()) {
      if (this.#limit - this.#bytes >= LEAST_BYTES) break;
      const { letGo } = this.#kept.get(share) ?? {};
      share.end();
      letGo?.();
    }
    const free = this.#limit - this.#bytes;
    const bytes = Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Math.floor(free / 2)));
    let held = bytes;
    this.#bytes += held;
    const take = (now: number) => {
      this.#bytes += now - held;
      held = now;
    };
    const share: Share = {
      bytes,
      keep: (now, letGo) => {
        take(now);
        this.#kept.set(share, { bytes: now, letGo });
      },
      use: (now) => {
        const kept = this.#kept.get(share);
        if (kept === undefined) return;
        take(now);
        this.#kept.delete(share);
        this.#kept.set(share, kept);
      },
      end: () => {
        take(0);
        this.#kept.delete(share);
      },
    };
    return share;
  }
}
