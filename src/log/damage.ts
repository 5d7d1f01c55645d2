import { isDamage } from "../kernel/errors.ts";
import type { RowKey } from "./keys.ts";

/**
 * Whether it is what was asked for that is broken, and not the way to it: a value that the store
 * cannot decode is as damaged as one that does not fit its checksum.
 */
export function isUnreadable(error: unknown): boolean {
  return isDamage(error) || error instanceof RangeError;
}

/** One thing that is wrong with a chain. */
export interface Damage {
  /** The offset of the event that it begins with; left out where it is a row. */
  readonly offset?: number | undefined;
  readonly row?: RowKey | undefined;
  readonly reason: string;
}

/** Damages that are told one by one: whoever has more restores a copy. */
const TOLD = 100;

/** What is wrong, as it is found. */
export class Damages {
  readonly damages: Damage[] = [];
  untold = 0;

  get isAny(): boolean {
    return this.damages.length > 0;
  }

  add(damage: Damage): void {
    if (this.damages.length < TOLD) this.damages.push(damage);
    else this.untold++;
  }

  /** What `read` gives; undefined where that is damaged, which is noted. Throws what is no damage. */
  async during<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.add({ offset: Number(error.details.offset ?? 0), reason: error.message });
      return undefined;
    }
  }

  /** Adds those of another. */
  take({ damages, untold }: Damages): void {
    for (const damage of damages) this.add(damage);
    this.untold += untold;
  }
}
