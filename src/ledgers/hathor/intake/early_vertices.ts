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

/**
 * What sorts vertices so that none is before what it builds on: those of the same second come as
 * their lines do.
 */
export function byTime(one: EarlyVertex, other: EarlyVertex): number {
  return one.timestamp - other.timestamp || one.line - other.line;
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
