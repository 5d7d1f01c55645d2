import type { RowKey } from "./keys.ts";
import { encodeRow, NO_ROW, rowName } from "./rows.ts";
import type { ReadRows, Rows, RowValue } from "./projection.ts";

/** A change to a row: its new value, or undefined where it is deleted. */
export interface RowChange {
  readonly name: string;
  readonly key: RowKey;
  readonly value: RowValue | undefined;
}

/**
 * What is written for a change to a row; undefined where the row is taken away. Over rows that lie
 * below (`isOver`) a mark stands for one that is removed. Throws as {@linkcode encodeRow} does.
 */
export function changedRow(
  chain: string,
  { key, name, value }: RowChange,
  isOver: boolean,
): Uint8Array | undefined {
  if (value !== undefined) return encodeRow(chain, key, value, name);
  return isOver ? NO_ROW : undefined;
}

/** Changes to rows over what lies below, kept apart until they are wanted or thrown away. */
export class Overlay implements Rows {
  readonly #below: ReadRows;
  readonly #changes = new Map<string, SizedChange>();
  #size = 0;
  #keyBytes = 0;
  /** Changes that are not in the size yet: a row that changes often is measured when it is asked. */
  readonly #unmeasured = new Set<SizedChange>();
  /** What was there at the last mark under each name that has changed since. */
  #replaced: Map<string, SizedChange | undefined> | undefined;

  constructor(below: ReadRows) {
    this.#below = below;
  }

  get<T extends RowValue>(
    key: RowKey,
    name: string = rowName(key),
  ): T | undefined | Promise<T | undefined> {
    const change = this.#changes.get(name);
    // Whoever reads a row knows what was written under its key.
    return change === undefined ? this.#below.get<T>(key, name) : change.value as T | undefined;
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
    for (const change of this.#unmeasured) {
      change.size ??= sizeOf(change);
      change.isCounted = true;
      this.#size += change.size;
    }
    this.#unmeasured.clear();
    return this.#size;
  }

  /** How many changes {@linkcode size} is going to measure. */
  get unmeasured(): number {
    return this.#unmeasured.size;
  }

  /** About how many bytes the keys of the changes take. */
  get keyBytes(): number {
    return this.#keyBytes;
  }

  /** Where {@linkcode revert} goes back to. */
  mark(): void {
    this.#replaced = new Map();
  }

  /** Takes back all changes since the last mark. */
  revert(): void {
    const replaced = this.#replaced ?? new Map<string, SizedChange | undefined>();
    this.#replaced = undefined;
    for (const [name, before] of replaced) {
      const change = this.#changes.get(name);
      this.#discount(change);
      if (before === undefined) {
        this.#changes.delete(name);
        if (change !== undefined) this.#keyBytes -= keyBytesOf(change);
      } else {
        this.#changes.set(name, before);
        this.#unmeasured.add(before);
      }
    }
  }

  /** Takes over the changes of an overlay that lies on this one. */
  absorb(upper: Overlay): void {
    for (const change of upper.#changes.values()) this.#put({ ...change, isCounted: false });
  }

  #change(key: RowKey, value: RowValue | undefined): void {
    this.#put({ name: rowName(key), key, value, isCounted: false });
  }

  #put(change: SizedChange): void {
    const before = this.#changes.get(change.name);
    if (this.#replaced?.has(change.name) === false) this.#replaced.set(change.name, before);
    if (before === undefined) this.#keyBytes += keyBytesOf(change);
    this.#discount(before);
    this.#changes.set(change.name, change);
    this.#unmeasured.add(change);
  }

  #discount(change: SizedChange | undefined): void {
    if (change === undefined) return;
    this.#unmeasured.delete(change);
    if (!change.isCounted) return;
    this.#size -= change.size ?? 0;
    change.isCounted = false;
  }
}

interface SizedChange extends RowChange {
  size?: number;
  /** Whether the overlay's size has it in it. */
  isCounted: boolean;
}

/** What a property's name takes, about. */
const NAME_SIZE = 12;

function sizeOf({ name, value }: SizedChange): number {
  return name.length + KEY_PREFIX + (value === undefined ? 0 : roughSize(value));
}

/** What a row's key has before the parts of its own: the chain and the generation. */
const KEY_PREFIX = 40;

/** A number takes ten bytes in a key; a text takes about what its name does, which is mostly ASCII. */
function keyBytesOf({ name, key }: RowChange): number {
  let bytes = name.length + KEY_PREFIX;
  for (const part of key) if (typeof part === "number") bytes += 8;
  return bytes;
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
  for (const item of Object.values(value)) size += NAME_SIZE + roughSize(item);
  return size;
}
