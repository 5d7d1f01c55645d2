import type { Grant } from "../../web/access.ts";
import { type SharedMessages, sharedMessages } from "./feed.ts";
import { Selection, type WantedOfAll } from "./selection.ts";

/** A selection with what all who have it are sent. */
export interface TakenSelection {
  readonly selection: Selection;
  readonly shared: SharedMessages;
  /** The reader is gone. */
  leave(): void;
}

interface Kept {
  readonly selection: Selection;
  readonly shared: SharedMessages;
  readers: number;
}

/** The selections of those who read now: one for all who want the same and may read the same. */
export class Selections {
  readonly #kept = new Map<string, Kept>();

  take(wanted: WantedOfAll, grant: Pick<Grant, "id" | "allows">): TakenSelection {
    const { patterns, filter, format, since } = wanted;
    const name = JSON.stringify([grant.id, format, since, patterns, filter?.types, filter?.keys]);
    const kept = this.#kept.get(name) ??
      { selection: new Selection(wanted, grant), shared: sharedMessages(), readers: 0 };
    this.#kept.set(name, kept);
    kept.readers++;
    let isHere = true;
    const leave = () => {
      if (isHere && --kept.readers === 0) this.#kept.delete(name);
      isHere = false;
    };
    return { selection: kept.selection, shared: kept.shared, leave };
  }
}
