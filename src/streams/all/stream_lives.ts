import { BoundedCache } from "../../crypto/bounded_cache.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import type { Committed } from "../../log/committed.ts";
import { CLOSED, CONTINUED, CREATED, DELETED } from "../chain/events.ts";
import type { StreamService } from "../chain/service.ts";
import { type Extent, presenceOf, stateAt, STREAM_ROW, type StreamRow } from "../chain/state.ts";

/** Milliseconds for which the state of a stream counts, where another process may have changed it. */
const KNOWN_MS = 10_000;

/** Streams of which the state is kept. */
const STREAMS = 8_192;

/** A stream as it was found to be. */
export interface KnownStream {
  /** The chain's: a stream whose room was given back has another when it is made again. */
  readonly epoch: string;
  readonly contentType: string;
  /** Where in its own chain the data lies that it has now; nowhere where it is over. */
  readonly extents: readonly Extent[];
  /** The offset after the last event that it was read with. */
  readonly next: number;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
}

/** Which parts of the chains of streams are data of them as they are now, and which of former lives. */
export class StreamLives {
  readonly #service: StreamService;
  readonly #known = new BoundedCache<string, KnownStream>(STREAMS);
  readonly #reading = new Map<string, Promise<KnownStream>>();

  constructor(service: StreamService) {
    this.#service = service;
  }

  /** What is needed to tell a batch of a stream's chain. */
  of(chain: string, epoch: string, batch: EventBatch): KnownStream | Promise<KnownStream> {
    const known = this.#known.find(chain);
    if (known?.epoch !== epoch) return this.#readOnce(chain, epoch);
    const isChanged = batch.next > known.next && batch.derive(hasTurns);
    const isOld = this.#service.clock.now() - known.readAt >= KNOWN_MS;
    return isChanged || isOld ? this.#read(chain, epoch) : known;
  }

  /** Notes what was committed to a stream's chain. */
  heard(chain: string, records: readonly Committed[]): void {
    if (this.#known.find(chain) === undefined) return;
    if (records.some((record) => record.batch().derive(hasTurns))) this.#known.delete(chain);
  }

  /** Reads a stream that is not known at all, once for all who ask meanwhile. */
  #readOnce(chain: string, epoch: string): Promise<KnownStream> {
    const name = `${epoch}:${chain}`;
    const reading = this.#reading.get(name) ??
      this.#read(chain, epoch).finally(() => this.#reading.delete(name));
    this.#reading.set(name, reading);
    return reading;
  }

  async #read(chain: string, epoch: string): Promise<KnownStream> {
    const { row, next, reach } = await this.#service.open(chain).placedRow<StreamRow>(STREAM_ROW);
    const now = this.#service.clock.now();
    const state = stateAt(row, next);
    const isOver = state === undefined || presenceOf(state, now) !== "live" || state.isDeleted;
    const known: KnownStream = {
      epoch,
      contentType: state?.contentType ?? "",
      extents: isOver ? [] : [
        ...state.inherited.filter((extent) => extent.chain === chain),
        { chain, start: state.start, base: state.base, end: Infinity, life: state.life },
      ].map((extent) => behind(extent, reach)),
      next,
      readAt: now,
    };
    this.#known.set(chain, known);
    return known;
  }
}

/** What is left of an extent of a chain that lost what it had before an offset. */
function behind(extent: Extent, reach: number): Extent {
  const lost = Math.max(0, Math.min(reach - extent.start, extent.end - extent.base));
  return { ...extent, start: extent.start + lost, base: extent.base + lost };
}

/** Whether any event of a batch is more than data: the stream is another after it. */
function hasTurns({ types }: EventBatch): boolean {
  return types.some((type) =>
    type === CREATED || type === CONTINUED || type === DELETED || type === CLOSED
  );
}
