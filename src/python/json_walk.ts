import type { Steps } from "../kernel/steps.ts";
import { isKeyMap, isPyArray, isPyObject, keysOf, type PyJson } from "./json.ts";

/** What an item costs beside its characters, in characters, and how much of that is told at once. */
const ITEM_COST = 32;
const TOLD = 16 * 1024;

/** Whether a walk goes into a value. */
export type Visit = (value: PyJson, key: string | undefined, depth: number) => boolean;

/**
 * Visits all that is inside a value, in its order and what is inside of that before what follows, a
 * step at a time. The depth of what stands in the value itself is 1.
 */
export function walking(value: PyJson | undefined, visit: Visit): Steps<void> {
  return new Walk(visit).inside(value, 1);
}

class Walk {
  readonly #visit: Visit;
  #cost = 0;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  *inside(value: PyJson | undefined, depth: number): Steps<void> {
    if (isPyArray(value)) {
      for (const item of value) {
        if (this.#visit(item, undefined, depth) && isContainer(item)) {
          yield* this.inside(item, depth + 1);
        }
        if ((this.#cost += costOf(item)) > TOLD) yield this.#told();
      }
    } else if (isPyObject(value)) {
      const map = isKeyMap(value) ? value : undefined;
      // Each key is the object's own, so it has a value.
      const record = value as Record<string, PyJson>;
      for (const key of keysOf(value)) {
        const item = (map === undefined ? record[key] : map.get(key)) as PyJson;
        if (this.#visit(item, key, depth) && isContainer(item)) {
          yield* this.inside(item, depth + 1);
        }
        if ((this.#cost += key.length + costOf(item)) > TOLD) yield this.#told();
      }
    }
  }

  #told(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }
}

function isContainer(value: PyJson): boolean {
  return isPyArray(value) || isPyObject(value);
}

function costOf(item: PyJson): number {
  return ITEM_COST + (typeof item === "string" ? item.length : 0);
}

/** What a value that is written at once may cost. */
const LONG = 64 * 1024;

/** Whether a value is so long that it is written a step at a time; looks at no more of it than it needs. */
export function isLong(value: PyJson): boolean {
  const walk = walking(value, () => true);
  let cost = typeof value === "string" ? value.length : 0;
  for (const step of walk) if ((cost += step) > LONG) return true;
  return false;
}
