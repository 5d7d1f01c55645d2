import type { Position } from "../kernel/position.ts";
import { LedgerError } from "../kernel/errors.ts";
import {
  LARGE_PAGE_BYTES,
  LARGE_PAGES_BYTES,
  OPEN_CHAINS,
  PAGE_BYTES,
  PAGE_CACHE_BYTES,
  PAGE_SEGMENTS,
} from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import type { EventBatch } from "./event_batch.ts";
import { firstOf, offsetGone } from "./base.ts";
import { fetchHead, type Head } from "./head.ts";
import { lifted } from "./lift.ts";
import { SharedReads } from "./shared_reads.ts";
import { damaged, readSegments, readStretch, type Stretch } from "./segments.ts";
import type { EventForm } from "./projection.ts";

/** Consecutive batches read together. */
export interface LogPage {
  readonly batches: readonly EventBatch[];
  /** Offset after the last event of the page. */
  readonly next: number;
}

/** A page that is kept, and what is counted for it. */
interface KeptPage {
  /**
   * Emptied when the page is given up. A Map that is rehashed leaves its old table behind, which
   * names what it held and its successor: tables that have reached the old generation keep each
   * other and all their pages alive until the next full collection.
   */
  page: Promise<LogPage> | undefined;
  bytes: number;
}

/** Bytes a page keeps in memory beside its records: decoded text and frames made of it. */
const PAGE_EXPANSION = 4;

/** What each event counts for beside its bytes: the smallest is told in some hundreds of characters. */
const EVENT_BYTES = 80;

/**
 * Reads the log of any chain whose events have one form. Pages of history are kept for a while, so that followers replaying
 * the same part share the reading, the decoding and the frames made of it.
 */
export class LogReader {
  readonly #store: Store;
  readonly #form: EventForm | undefined;
  readonly #heads: SharedReads<Head | undefined>;
  readonly #pages = new Map<string, KeptPage>();
  #pageBytes = 0;
  /** Bytes of a segment in the last page of a chain: full ones and single events differ much. */
  readonly #bytesPerSegment = new Map<string, number>();
  /** Those who hold pages. */
  #holders = 0;

  /** `form` is that in which events are read, whichever they were written in. */
  constructor(store: Store, form?: EventForm) {
    this.#store = store;
    this.#form = form;
    this.#heads = new SharedReads(async (chain) => (await fetchHead(store, chain)).head);
  }

  /** The chain's head now, or undefined while it has no events. */
  head(chain: string): Promise<Head | undefined> {
    return this.#heads.read(chain);
  }

  /** Counts one who holds pages, until it calls what is returned: the more there are, the smaller they are. */
  hold(): () => void {
    this.#holders++;
    return () => void this.#holders--;
  }

  /**
   * The page that starts with the batch holding `offset`, which must be less than `head.next`.
   * Concurrent readers of one page share it. Where the chain's beginning was cut off behind it, and
   * nothing that counts lies between, it starts with the chain's first batch. Throws `damaged`, and
   * `offset_gone`.
   *
   * @param segments how many it is made of, where nobody is going to read on
   */
  page(chain: string, head: Head, offset: number, segments?: number): Promise<LogPage> {
    const name = `${head.epoch}:${chain}:${offset}`;
    const known = this.#pages.get(name);
    if (known?.page !== undefined) {
      this.#pages.delete(name);
      this.#pages.set(name, known);
      return known.page;
    }
    const page = this.#readPage(chain, offset, segments);
    const kept: KeptPage = { page, bytes: 0 };
    this.#pages.set(name, kept);
    page.then(({ batches }) => {
      if (batches.length === 0) this.#pages.delete(name);
      kept.bytes = PAGE_EXPANSION * (sizeOf(batches) + EVENT_BYTES * countOf(batches));
      this.#pageBytes += kept.bytes;
      this.#evict();
    }, () => this.#pages.delete(name));
    return page;
  }

  /**
   * Batches from the one that holds `offset` on, until about `bytes` are read or the log ends, and
   * kept nowhere: one who reads megabytes would drive out the pages that others share. `offset` must be
   * before the end. Where the chain's beginning was cut off it is as with {@linkcode page}. Throws
   * `damaged`, and `offset_gone`.
   */
  async *stretch(
    chain: string,
    offset: number,
    bytes: number,
  ): AsyncGenerator<Stretch, void, void> {
    let isFound = false;
    for await (const { batches, free } of readStretch(this.#store, chain, offset, bytes)) {
      isFound = true;
      yield { batches: batches.map((batch) => lifted(chain, batch, this.#form)), free };
    }
    if (isFound) return;
    const first = await this.#firstBehind(chain, offset);
    if (first === undefined) throw damaged(chain, offset, "an event is missing");
    yield* this.stretch(chain, first, bytes);
  }

  /**
   * The batch that holds `offset`, or undefined past the end; the chain's first where all between was
   * cut off, and counted for nobody. Throws `offset_gone`.
   */
  async batchAt(chain: string, offset: number): Promise<EventBatch | undefined> {
    const [batch] = await this.#segments(chain, offset, 1);
    return batch === undefined ? undefined : lifted(chain, batch, this.#form);
  }

  /** The bytes of the record that begins with `offset`. */
  async recordAt(chain: string, offset: number): Promise<Uint8Array | undefined> {
    const batch = await this.batchAt(chain, offset);
    return batch?.first === offset ? batch.record : undefined;
  }

  /**
   * Turns a position into an offset of this chain. Throws `position_invalid` for an offset past
   * the end, and `offset_gone` for one, or an id, behind which events were cut off.
   */
  async locate(chain: string, head: Head | undefined, position: Position): Promise<number> {
    const next = head?.next ?? 0;
    const first = firstOf(head);
    const { reach = 0, reachId = "" } = head?.base ?? {};
    switch (position.at) {
      case "earliest":
        return first;
      case "latest":
        return next;
      case "offset":
        if (position.offset < reach) throw offsetGone(chain, position.offset, first);
        if (position.offset <= next) return Math.max(first, position.offset);
        throw new LedgerError(
          "position_invalid",
          `Offset ${position.offset} is past the end, which is ${next}`,
          { next },
        );
      case "after": {
        const { id } = position;
        if (id < reachId) throw offsetGone(chain, id, first);
        return await this.#search(chain, first, next, (batch) => {
          for (let index = 0; index < batch.count; index++) if (batch.id(index) > id) return index;
          return undefined;
        });
      }
      case "time": {
        const { time } = position;
        const isReached = (batch: EventBatch) => batch.time >= time ? 0 : undefined;
        for (let from = first;;) {
          try {
            return await this.#search(chain, from, next, isReached);
          } catch (error) {
            // The beginning was cut off meanwhile: then it is behind that.
            if (!(error instanceof LedgerError) || error.code !== "offset_gone") throw error;
            from = Number(error.details.first);
          }
        }
      }
    }
  }

  /**
   * Finds the first event that `reached` accepts, given that it accepts every later one as well:
   * `reached` gives the index of the first accepted one in a batch.
   */
  async #search(
    chain: string,
    first: number,
    next: number,
    reached: (batch: EventBatch) => number | undefined,
  ): Promise<number> {
    let low = first;
    let high = Math.max(first, next);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const batch = await this.batchAt(chain, middle);
      if (batch === undefined) throw damaged(chain, middle, "an event is missing");
      const index = reached(batch);
      if (index === undefined) low = batch.next;
      // The beginning was cut off meanwhile: there is nothing before it.
      else if (batch.first > middle) low = batch.first + index;
      else if (index > 0) return batch.first + index;
      else high = batch.first;
    }
    return low;
  }

  async #readPage(chain: string, offset: number, segments?: number): Promise<LogPage> {
    const limit = segments ?? this.#segmentsPerPage(chain);
    const batches = (await this.#segments(chain, offset, limit))
      .map((batch) => lifted(chain, batch, this.#form));
    const last = batches.at(-1);
    if (last === undefined) return await this.#emptyPage(chain, offset);
    if (segments !== undefined) return { batches, next: last.next };
    const bytesEach = sizeOf(batches) / Math.max(1, Math.min(limit, batches.length));
    // A guess is made anew where it is missing.
    if (this.#bytesPerSegment.size >= OPEN_CHAINS) this.#bytesPerSegment.clear();
    this.#bytesPerSegment.set(chain, Math.max(1, bytesEach));
    return { batches, next: last.next };
  }

  #segmentsPerPage(chain: string): number {
    const each = this.#bytesPerSegment.get(chain);
    if (each === undefined) return 8;
    // Whoever follows nothing reads an event or some, and is not counted.
    const share = this.#holders === 0
      ? 0
      : Math.min(LARGE_PAGE_BYTES, LARGE_PAGES_BYTES / this.#holders);
    const fitting = Math.floor(Math.max(PAGE_BYTES, share) / each);
    return Math.max(4, Math.min(PAGE_SEGMENTS, fitting));
  }

  /** What there is of a chain of which all was cut off that counted before an offset. */
  async #emptyPage(chain: string, offset: number): Promise<LogPage> {
    const { base, next } = await this.head(chain) ?? {};
    if (base === undefined || base.first !== next) {
      throw damaged(chain, offset, "an event is missing");
    }
    return { batches: [], next };
  }

  async #segments(chain: string, offset: number, limit: number): Promise<readonly EventBatch[]> {
    const batches = await readSegments(this.#store, chain, offset, limit);
    if (batches.length > 0) return batches;
    const first = await this.#firstBehind(chain, offset);
    return first === undefined ? batches : await readSegments(this.#store, chain, first, limit);
  }

  /** Where a chain begins by now, if that is behind an offset. Throws `offset_gone`. */
  async #firstBehind(chain: string, offset: number): Promise<number | undefined> {
    const { base } = await this.head(chain) ?? {};
    if (base === undefined || offset >= base.first) return undefined;
    if (offset < base.reach) throw offsetGone(chain, offset, base.first);
    return base.first;
  }

  #evict(): void {
    for (const [name, kept] of this.#pages) {
      if (this.#pageBytes <= PAGE_CACHE_BYTES) return;
      if (kept.bytes === 0) continue;
      this.#pages.delete(name);
      this.#pageBytes -= kept.bytes;
      kept.page = undefined;
    }
  }
}

function countOf(batches: readonly EventBatch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

function sizeOf(batches: readonly EventBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.record.length, 0);
}
