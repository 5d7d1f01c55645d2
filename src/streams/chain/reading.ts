import type { Chain } from "../../log/chain.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import type { Stretch } from "../../log/segments.ts";
import { isDamage } from "../../kernel/errors.ts";
import { SEGMENT_BYTES } from "../../kernel/limits.ts";
import { isData } from "./events.ts";
import type { Layout } from "./layout.ts";
import { costOf, type DataRun, fitting, StreamPage } from "./page.ts";
import type { Extent } from "./state.ts";

/** Bytes after which a page is full: the event that passes them is its last. */
const PAGE_BYTES = 256 * 1024;

/**
 * Events that are passed over for one page. A stream may have very many that are no data, such as
 * records of reads and forks: then a page is short or empty, and the next goes on after them.
 */
const PASSED_OVER = 65_536;

/** Gives a chain by the log's name. */
export type OpenChain = (chain: string) => Chain;

/**
 * The data from `position` on: as much as fits a page, up to the end of `layout`. What other events
 * lie between is passed over. Throws `damaged`, unless a page's worth comes before the damage: then
 * the page ends there, and the next throws.
 */
export async function readPage(
  open: OpenChain,
  layout: Layout,
  position: number,
  bytes = PAGE_BYTES,
): Promise<StreamPage> {
  const page = new Gathered(position, bytes);
  try {
    for (const extent of layout.extents) {
      if (extent.end <= page.next) continue;
      await fill(page, open(extent.chain), extent);
      if (page.isFull) break;
    }
  } catch (error) {
    if (!isDamage(error) || page.taken < PAGE_BYTES) throw error;
  }
  return page.page();
}

/** Reads on until the page is full or has all of an extent. */
async function fill(page: Gathered, chain: Chain, extent: Extent): Promise<void> {
  const end = offsetOf(extent, extent.end);
  for (let at = offsetOf(extent, page.next), before = -1; at < end && at > before;) {
    before = at;
    for await (const stretch of chain.stretch(at, page.room, end)) {
      for (const batch of stretch.batches) page.take(batch, extent, stretch);
      at = stretch.batches.at(-1)?.next ?? at;
      if (page.isNearlyFull) return page.end();
      if (page.isFull || at >= end) return;
    }
  }
}

/** The chain's offset of a position, or where the extent begins. */
function offsetOf({ start, base }: Extent, position: number): number {
  return start + Math.max(0, position - base);
}

/** A page while it is put together. */
class Gathered {
  readonly #runs: DataRun[] = [];
  readonly #bytes: number;
  #left = PASSED_OVER;
  next: number;
  room: number;

  constructor(position: number, bytes: number) {
    this.next = position;
    this.#bytes = bytes;
    this.room = bytes;
  }

  /** Whether the next segment would be read for a part of it, and again for the page after this. */
  get isNearlyFull(): boolean {
    return this.room < Math.min(this.#bytes / 8, SEGMENT_BYTES);
  }

  /** Lets nothing more in. */
  end(): void {
    this.room = 0;
  }

  /** Bytes that are in it, with what its events cost beside. */
  get taken(): number {
    return this.#bytes - this.room;
  }

  get isFull(): boolean {
    return this.room <= 0 || this.#left <= 0;
  }

  /** Takes what of a batch is data of the extent, behind what was taken. */
  take(batch: EventBatch, extent: Extent, stretch: Stretch): void {
    const { start, base, end } = extent;
    const shift = base - start;
    const limit = Math.min(batch.count, end - shift - batch.first);
    for (let at = Math.max(0, offsetOf(extent, this.next) - batch.first); at < limit;) {
      if (this.isFull) return;
      const to = runEnd(batch, extent, at, limit);
      if (to === at) {
        this.#left--;
        at++;
        if (this.#left <= 0) this.next = batch.first + at + shift;
        continue;
      }
      const run = { batch, from: at, to: fitting(batch, at, to, this.room), shift, stretch };
      this.#runs.push(run);
      this.room -= costOf(run);
      at = run.to;
      this.next = batch.first + at + shift;
    }
  }

  page(): StreamPage {
    return new StreamPage(this.#runs, this.next);
  }
}

/** Where data that begins at index `from` of a batch ends; `from` where there is none. */
function runEnd(batch: EventBatch, { isLedger }: Extent, from: number, limit: number): number {
  if (isLedger === true) return limit;
  let to = from;
  while (to < limit && isData(batch.types[to] ?? "")) to++;
  return to;
}
