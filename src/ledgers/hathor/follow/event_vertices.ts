import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import type { ReadRows } from "../../../log/projection.ts";
import { EventType } from "../rows/events.ts";
import { numberRow, type VertexRow, vertexRow } from "../rows/rows.ts";
import { decodeVertex } from "../vertex/decode.ts";
import type { Vertex } from "../vertex/vertex.ts";
import type { ToldEvent } from "./event_message.ts";
import type { VertexFetch } from "./vertex_fetch.ts";
import { vertexFromEvent } from "./vertex_from_event.ts";

/** Hashes of vertices that were told of lately. */
const LATELY = 50_000;

/** A vertex that may be new. */
export interface MadeVertex {
  readonly vertex: Vertex;
  /** Whether its bytes are its own: otherwise the node has it no more, and they are what it told. */
  readonly isWhole: boolean;
}

/**
 * Finds the bytes of vertices that an event is the first of, while what came before is committed: put
 * together from what it tells, or asked for. Made for each connection.
 */
export class EventVertices {
  readonly #rows: ReadRows;
  readonly #fetch: VertexFetch;
  readonly #signal: AbortSignal;
  readonly #lately = new BoundedCache<string, true>(LATELY);

  constructor(rows: ReadRows, fetch: VertexFetch, signal: AbortSignal) {
    this.#rows = rows;
    this.#fetch = fetch;
    this.#signal = signal;
  }

  /** The bytes of an event's vertex, where nothing is known of that here. */
  expect({ type, data, vertex }: ToldEvent): Promise<MadeVertex | undefined> | undefined {
    if (vertex === undefined) return undefined;
    const { hash } = vertex;
    if (type === EventType.vertexRemoved) {
      this.#lately.delete(hash);
      return undefined;
    }
    if (this.#lately.find(hash) !== undefined) return undefined;
    this.#lately.set(hash, true);
    const made = this.#make(hash, data);
    // Whoever commits the event hears of it.
    made.catch(() => {});
    return made;
  }

  async #make(hash: string, data: string): Promise<MadeVertex | undefined> {
    const number = await this.#rows.get<number>(numberRow(hash));
    if (number !== undefined) {
      const row = await this.#rows.get<VertexRow>(vertexRow(number));
      return row?.isPartial === true ? await this.#fetched(hash) : undefined;
    }
    const { bytes, isWhole } = vertexFromEvent(data);
    const made = isWhole ? undefined : await this.#fetched(hash);
    return made ?? { vertex: { ...decodeVertex(bytes), hash }, isWhole };
  }

  async #fetched(hash: string): Promise<MadeVertex | undefined> {
    const fetched = await this.#fetch.fetch(hash, this.#signal);
    if (fetched !== undefined) return { vertex: fetched, isWhole: true };
    // The next event of it may find the node telling it.
    this.#lately.delete(hash);
    return undefined;
  }
}
