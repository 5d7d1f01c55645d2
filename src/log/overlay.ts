import type { RowKey } from "./keys.ts";
import { type ReadRows, rowName, type Rows, type RowValue } from "./rows.ts";

/** A change to a row: its new value, or undefined where it is deleted. */
export interface RowChange {
  readonly key: RowKey;
  readonly value: RowValue | undefined;
}

/** Changes to rows over what lies below, kept apart until they are wanted or thrown away. */
export class Overlay implements Rows {
  readonly #below: ReadRows;
  readonly #changes = new Map<string, SizedChange>();
  #size = 0;

  constructor(below: ReadRows) {
    this.#below = below;
  }

  get<T extends RowValue>(key: RowKey): T | undefined | Promise<T | undefined> {
    const change = this.#changes.get(rowName(key));
    // Whoever reads a row knows what was written under its key.
    return change === undefined ? this.#below.get<T>(key) : change.value as T | undefined;
  }

  set(key: RowKey, value: RowValue): void {
    this.#change(key, value);
  }

  delete(key: RowKey): void {
    this.#change(key, undefined);
  }

  get changes(): Iterable<RowChange> {
    return this.#changes.values();
  }

  /** How many rows change. */
  get count(): number {
    return this.#changes.size;
  }

  /** About how many bytes the changes take when stored; the exact size is known when encoded. */
  get size(): number {
    return this.#size;
  }

  /** Takes over the changes of an overlay that lies on this one. */
  absorb(upper: Overlay): void {
    for (const [name, change] of upper.#changes) this.#put(name, change);
  }

  #change(key: RowKey, value: RowValue | undefined): void {
    const name = rowName(key);
    const size = name.length + 40 + (value === undefined ? 0 : roughSize(value));
    this.#put(name, { key, value, size });
  }

  #put(name: string, change: SizedChange): void {
    this.#size += change.size - (this.#changes.get(name)?.size ?? 0);
    this.#changes.set(name, change);
  }
}

interface SizedChange extends RowChange {
  readonly size: number;
}

function roughSize(value: RowValue): number {
  if (typeof value === "string") return value.length + 3;
  if (typeof value !== "object" || value === null) return 12;
  if (Array.isArray(value)) {
    // Lists of numbers are the long ones.
    if (typeof value[0] === "number") return 2 + value.length * 12;
    return value.reduce<number>((size, item) => size + roughSize(item), 2);
  }
  let size = 2;
  for (const [name, item] of Object.entries(value)) size += name.length + 4 + roughSize(item);
  return size;
}
