import type { ReadRows } from "../../../log/rows.ts";
import { vertexRow } from "./rows.ts";

/** Vertices looked for at once. */
const AT_ONCE = 128;

/**
 * Vertices that wait to be taken in. Whether each is there already only the store can tell, so they
 * are looked for many at a time: what has been read stays in memory for as long as it holds.
 */
export class Upcoming {
  readonly #waiting = new Map<string, { isKnown: boolean }>();

  add(hash: string): void {
    if (!this.#waiting.has(hash)) this.#waiting.set(hash, { isKnown: false });
  }

  delete(hash: string): void {
    this.#waiting.delete(hash);
  }

  /** Has the metadata of a vertex read, and those of others that come after it. */
  async look(hash: string, rows: ReadRows): Promise<void> {
    if (this.#waiting.get(hash)?.isKnown !== false) return;
    const reads: unknown[] = [];
    for (const [each, state] of this.#waiting) {
      if (state.isKnown) continue;
      state.isKnown = true;
      reads.push(rows.get(vertexRow(each)));
      if (reads.length >= AT_ONCE) break;
    }
    await Promise.all(reads);
  }
}
