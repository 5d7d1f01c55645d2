import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { ReadRows } from "../../../log/projection.ts";
import type { SignalledBlock } from "../networks/feature_states.ts";
import { decodeVertex } from "../vertex/decode.ts";
import type { Vertex } from "../vertex/vertex.ts";
import { joinParts } from "./long_texts.ts";
import { numberRow, removedRow, type VertexRow, vertexRow } from "./rows.ts";

/** A vertex with what follows from itself and its ancestors alone: none of it ever changes. */
export interface StoredVertex {
  readonly vertex: Vertex;
  /** The least height of a block that may confirm it. */
  readonly minHeight: number;
  /** Of a block; 0 for transactions. */
  readonly height: number;
  /** Of a block. */
  readonly signals: SignalledBlock | undefined;
  /** Whether bytes of it are missing; see {@linkcode VertexRow}. */
  readonly isPartial?: boolean;
}

/** Vertices kept in memory: those of the common size, and large ones of up to 48,000 bytes. */
const KEPT = 20_000;
const KEPT_LARGE = 1_000;
const LARGE_BYTES = 4_096;

/**
 * Vertices that have been read, in memory: since none ever changes they hold for every reader, and
 * whether a vertex is there is told by its metadata alone.
 */
export class StoredVertices {
  readonly #kept = new BoundedCache<string, StoredVertex>(KEPT);
  readonly #large = new BoundedCache<string, StoredVertex>(KEPT_LARGE);

  /** A vertex that is in memory. */
  known(hash: string): StoredVertex | undefined {
    return this.#kept.find(hash) ?? this.#large.find(hash);
  }

  keep(stored: StoredVertex): StoredVertex {
    // More may be told of it.
    if (stored.isPartial === true) return stored;
    const { hash, bytes } = stored.vertex;
    const kept = bytes.length > LARGE_BYTES ? this.#large : this.#kept;
    return kept.get(hash, () => stored);
  }

  /** A vertex that is there; its number need not be read where it is at hand. */
  async read(hash: string, rows: ReadRows, number?: number): Promise<StoredVertex> {
    const stored = await this.find(hash, rows, number);
    if (stored === undefined) throw new RangeError(`vertex ${hash} is missing`);
    return stored;
  }

  /** A vertex that may never have been there. */
  async find(hash: string, rows: ReadRows, number?: number): Promise<StoredVertex | undefined> {
    const known = this.known(hash);
    if (known !== undefined) return known;
    const stored = await readVertex(hash, rows, number);
    return stored && this.keep(stored);
  }
}

/** Reads a vertex from its rows, also one that has been removed. */
async function readVertex(
  hash: string,
  rows: ReadRows,
  number?: number,
): Promise<StoredVertex | undefined> {
  const at = number ?? await rows.get<number>(numberRow(hash)) ??
    await rows.get<number>(removedRow(hash));
  const row = at === undefined ? undefined : await rows.get<VertexRow>(vertexRow(at));
  if (at === undefined || row === undefined) return undefined;
  const raw = await joinParts(vertexRow(at), { head: row.raw, parts: row.parts }, rows);
  return storedVertex(hash, row, raw);
}

/** The vertex that a row and its bytes in base64 say. Throws `damaged` where they say none. */
export function storedVertex(
  hash: string,
  { minHeight, height, signals, isPartial }: Omit<VertexRow, "raw" | "parts">,
  raw: string,
): StoredVertex {
  const vertex = decoded(raw);
  return {
    vertex: isPartial === true ? { ...vertex, hash } : vertex,
    minHeight,
    height,
    signals: signals ?? undefined,
    ...isPartial === true && { isPartial },
  };
}

function decoded(raw: string): Vertex {
  try {
    return decodeVertex(Uint8Array.fromBase64(raw));
  } catch (error) {
    throw new LedgerError("damaged", "The bytes of a stored vertex cannot be read", {}, error);
  }
}
