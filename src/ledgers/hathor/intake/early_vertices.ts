import type { Vertex } from "../vertex/vertex.ts";

/** A vertex as it lies in memory while others come before it. */
export interface EarlyVertex {
  /** Number of its line, from 1. */
  readonly line: number;
  readonly hash: string;
  /** Seconds. */
  readonly timestamp: number;
  readonly bytes: Uint8Array;
}

/** What of a vertex is kept until its turn. */
export function earlyVertex({ hash, timestamp, bytes }: Vertex, line: number): EarlyVertex {
  return { line, hash, timestamp, bytes };
}

/** Vertices of which the earliest comes out first: none is earlier than what it builds on. */
export class ByTime {
  readonly #heap: EarlyVertex[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(vertex: EarlyVertex): void {
    const heap = this.#heap;
    let at = heap.push(vertex) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = heap[up];
      if (above === undefined || !isBefore(vertex, above)) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = vertex;
  }

  take(): EarlyVertex | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const below = isRight ? right : left;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return first;
  }
}

/** Those of the same second come as their lines do. */
function isBefore(one: EarlyVertex, other: EarlyVertex): boolean {
  return one.timestamp < other.timestamp ||
    (one.timestamp === other.timestamp && one.line < other.line);
}

/** Vertices that wait for another that has not come. */
export class Waiting {
  readonly #byMissing = new Map<string, EarlyVertex[]>();
  readonly #hashes = new Set<string>();

  get size(): number {
    return this.#hashes.size;
  }

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  add(vertex: EarlyVertex, missing: string): void {
    this.#hashes.add(vertex.hash);
    const others = this.#byMissing.get(missing);
    if (others === undefined) this.#byMissing.set(missing, [vertex]);
    else others.push(vertex);
  }

  /** Those that wait for a vertex that has come now. */
  release(hash: string): readonly EarlyVertex[] {
    const released = this.#byMissing.get(hash) ?? [];
    this.#byMissing.delete(hash);
    for (const vertex of released) this.#hashes.delete(vertex.hash);
    return released;
  }

  /** All that are left, each with what it waits for. */
  *left(): Generator<readonly [EarlyVertex, string], void, void> {
    for (const [missing, vertices] of this.#byMissing) {
      for (const vertex of vertices) yield [vertex, missing];
    }
  }
}
