import type { Chain } from "../../log/chain.ts";
import type { PlacedEvent } from "../../log/event.ts";
import { isData } from "./events.ts";
import type { Layout } from "./layout.ts";

/** Bytes after which a page is full: the event that passes them is its last. */
const PAGE_BYTES = 256 * 1024;

/**
 * Events that are looked at for one page. A stream may have very many that are no data, such as
 * records of reads and forks: then a page is short or empty, and the next goes on after them.
 */
const LOOKED_AT = 65_536;

/** Gives a chain by the log's name. */
export type OpenChain = (chain: string) => Chain;

/** Consecutive data of a stream. */
export interface StreamPage {
  readonly parts: readonly PlacedEvent[];
  /** Position after each of them. */
  readonly ends: readonly number[];
  /** Position after the last of them. */
  readonly next: number;
}

/** The page at the end of a stream: nothing yet. */
export function emptyPage(position: number): StreamPage {
  return { parts: [], ends: [], next: position };
}

/**
 * The data from `position` on: as much as fits a page, up to the end of `layout`. What other events
 * lie between is passed over.
 */
export async function readPage(
  open: OpenChain,
  layout: Layout,
  position: number,
  bytes = PAGE_BYTES,
): Promise<StreamPage> {
  const parts: PlacedEvent[] = [];
  const ends: number[] = [];
  let room = bytes;
  let next = position;
  let left = LOOKED_AT;
  for (const { chain, start, base, end, isLedger } of layout.extents) {
    if (end <= next) continue;
    const limit = start + end - base;
    for (let at = start + Math.max(0, next - base); at < limit && room > 0;) {
      if (left <= 0) return { parts, ends, next: base + at - start };
      // All that fits at once: the log is read by whole segments, so each reading anew is dear.
      const count = Math.min(Math.max(64, Math.ceil(room / PART_BYTES)), limit - at);
      const events = await open(chain).read(at, count, room);
      if (events.length === 0) break;
      left -= events.length;
      for (const event of events) {
        at = event.offset + 1;
        if (isLedger !== true && !isData(event.type)) continue;
        parts.push(event);
        room -= sizeOf(event);
        next = base + at - start;
        ends.push(next);
      }
    }
    if (room <= 0) break;
  }
  return { parts, ends, next };
}

/** What each event of a page costs beside its data, counted as bytes: a page holds so many at most. */
const PART_BYTES = 32;

/** Bytes of an event's data, nearly: what text takes once encoded is not worth finding out. */
function sizeOf({ data }: PlacedEvent): number {
  return data.length + PART_BYTES;
}

/** The data of a page as one body: the bytes one after another, or a JSON array of the messages. */
export function pageBody({ parts }: StreamPage, json: boolean): Uint8Array<ArrayBuffer> {
  if (json) return new TextEncoder().encode(`[${parts.map(({ data }) => data).join(",")}]`);
  const chunks = parts.map(({ data }) =>
    typeof data === "string" ? new TextEncoder().encode(data) : data
  );
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
