import type { Position } from "../kernel/position.ts";
import type { EventBatch } from "./event_batch.ts";
import type { PlacedEvent } from "./event.ts";
import { firstOf } from "./base.ts";
import type { Head } from "./head.ts";
import type { LogPage, LogReader } from "./reader.ts";
import { damaged } from "./segments.ts";

/**
 * Offsets between two events that are read as one page: a page is 256 KiB, and reading one for each of
 * ten events far apart took 0.6 ms a time.
 */
const NEAR = 64;

/** What has been committed to one chain, as it is read: by offsets, in batches, or backward. */
export class ChainHistory {
  readonly name: string;
  readonly #reader: LogReader;

  constructor(reader: LogReader, name: string) {
    this.#reader = reader;
    this.name = name;
  }

  /** The head as stored now; undefined while the chain has no events. */
  head(): Promise<Head | undefined> {
    return this.#reader.head(this.name);
  }

  /** The offset that a position names now. Throws `position_invalid`. */
  async locate(position: Position): Promise<number> {
    return await this.#reader.locate(this.name, await this.head(), position);
  }

  /**
   * Events from `offset` on, up to `limit` of them or the end of the chain; where `bytes` is given,
   * the event whose data passes that many is the last.
   */
  async read(offset: number, limit: number, bytes = Infinity): Promise<PlacedEvent[]> {
    const head = await this.head();
    const found: PlacedEvent[] = [];
    if (head === undefined) return found;
    let room = bytes;
    for (let at = offset; at < head.next && found.length < limit && room > 0;) {
      const page = await this.#reader.page(this.name, head, at);
      for (const batch of page.batches) {
        for (const event of batch.events(Math.max(0, at - batch.first))) {
          if (found.length >= limit || room <= 0) break;
          found.push(event);
          room -= event.data.length;
        }
      }
      at = page.next;
    }
    return found;
  }

  /**
   * The events at `offsets`, which are in ascending order: of those near each other a page is read
   * once, and of others what holds the event alone. Where `bytes` is given, the event whose data
   * passes that many is the last.
   */
  async readEach(offsets: readonly number[], bytes = Infinity): Promise<PlacedEvent[]> {
    const head = await this.head();
    const found: PlacedEvent[] = [];
    let page: LogPage | undefined;
    let room = bytes;
    for (const [place, offset] of offsets.entries()) {
      if (head === undefined || offset >= head.next || room <= 0) break;
      const start = page?.batches[0]?.first ?? Infinity;
      if (page === undefined || offset < start || offset >= page.next) {
        const isAlone = (offsets[place + 1] ?? Infinity) - offset > NEAR;
        page = await this.#reader.page(this.name, head, offset, isAlone ? 1 : undefined);
      }
      const batch = page.batches.find(({ next }) => next > offset);
      if (batch === undefined) continue;
      const event = batch.event(offset - batch.first);
      found.push(event);
      room -= event.data.length;
    }
    return found;
  }

  /** Events before `offset`, newest first, up to `limit` of them or the chain's beginning. */
  async readBackward(offset: number, limit: number): Promise<PlacedEvent[]> {
    const found: PlacedEvent[] = [];
    for await (const batch of this.batchesBefore(offset)) {
      const last = Math.min(offset, batch.next) - 1 - batch.first;
      for (let index = last; index >= 0 && found.length < limit; index--) {
        found.push(batch.event(index));
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Batches from the one with the event before `offset` to the chain's first, newest first. */
  async *batchesBefore(offset: number): AsyncGenerator<EventBatch, void, void> {
    const head = await this.head();
    for (let at = Math.min(offset, head?.next ?? 0); at > firstOf(head);) {
      const batch: EventBatch | undefined = await this.#reader.batchAt(this.name, at - 1);
      if (batch === undefined) throw damaged(this.name, at - 1, "an event is missing");
      // All before was cut off meanwhile, and counted for nobody.
      if (batch.first >= at) return;
      yield batch;
      at = batch.first;
    }
  }

  /** Events from `offset` to the end of the chain as it is now, in the batches they are kept in. */
  async *batches(offset: number): AsyncGenerator<EventBatch, void, void> {
    const head = await this.head();
    for (let at = offset; head !== undefined && at < head.next;) {
      const page = await this.#reader.page(this.name, head, at);
      yield* page.batches;
      at = page.next;
    }
  }

  /**
   * Batches from the one that holds `offset` on, a page of them that others share; undefined where
   * that life of the chain is over, or has no such event.
   */
  async page(offset: number, epoch: string): Promise<readonly EventBatch[] | undefined> {
    const head = await this.head();
    if (head?.epoch !== epoch || offset >= head.next) return undefined;
    return (await this.#reader.page(this.name, head, offset)).batches;
  }
}
