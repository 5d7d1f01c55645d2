/** Keeps parts that are made of something, and can make them anew. */
export interface PartKeeper {
  drop(place: number): void;
}

interface Kept {
  readonly keeper: WeakRef<PartKeeper>;
  readonly place: number;
  readonly chars: number;
}

/**
 * What all keepers have together: of more than there is room for, what was made first is dropped. What
 * a keeper has dropped by itself, or is gone with it, counts until its turn.
 */
export class KeptParts {
  readonly #most: number;
  readonly #kept = new Set<Kept>();
  #chars = 0;

  /** `most` is how many characters may be kept. */
  constructor(most: number) {
    this.#most = most;
  }

  add(keeper: PartKeeper, place: number, chars: number): void {
    this.#kept.add({ keeper: new WeakRef(keeper), place, chars });
    this.#chars += chars;
    for (const kept of this.#kept) {
      if (this.#chars <= this.#most || this.#kept.size === 1) return;
      this.#kept.delete(kept);
      this.#chars -= kept.chars;
      kept.keeper.deref()?.drop(kept.place);
    }
  }
}
