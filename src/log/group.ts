import { LedgerError } from "../kernel/errors.ts";
import { firstIdAfter, type IdSource, ulidAfter } from "../kernel/ids.ts";
import {
  type EncodedEvent,
  encodeEvent,
  type PlacedEvent,
  recordedSize,
  wellFormed,
} from "./event.ts";
import type { Command, Draft } from "./command.ts";
import type { Head } from "./head.ts";
import type { RowKey } from "./keys.ts";
import { Overlay } from "./overlay.ts";
import { applyEvent } from "./rows.ts";
import type { Projection, ReadRows, RowValue } from "./projection.ts";

/** The commands of one group, run over one overlay: each sees the ones before it. */
export class Group {
  readonly time: number;
  readonly rows: Overlay;
  readonly events: EncodedEvent[] = [];
  readonly firstId: string;
  readonly #base: Head | undefined;
  readonly #projection: Projection;
  #bytes = 0;

  constructor(
    base: Head | undefined,
    rows: ReadRows,
    projection: Projection,
    now: number,
    ids: IdSource,
  ) {
    this.#base = base;
    this.#projection = projection;
    this.rows = new Overlay(rows);
    this.time = Math.max(now, base?.time ?? 0);
    this.firstId = firstIdAfter(base?.id, this.time, ids);
  }

  get next(): number {
    return (this.#base?.next ?? 0) + this.events.length;
  }

  get lastId(): string {
    return ulidAfter(this.firstId, this.events.length - 1);
  }

  /** About how many bytes, and at the most how many keys, the group writes. */
  get bytes(): number {
    return this.#bytes + this.rows.size;
  }

  get mutations(): number {
    return this.rows.count + Math.ceil(this.#bytes / 16_384) + 2;
  }

  /** Runs one command, and takes its events and rows into the group; those of one that throws not. */
  async run<T>(command: Command<T>): Promise<T> {
    const { events, rows } = this;
    const count = events.length;
    const bytes = this.#bytes;
    const applying: Promise<void>[] = [];
    let isOpen = true;
    const next = () => this.next;
    const tx: Draft = {
      get next() {
        return next();
      },
      time: this.time,
      epoch: this.#base?.epoch,
      get: <R extends RowValue>(key: RowKey, name?: string) => rows.get<R>(key, name),
      emit: (given) => {
        if (!isOpen) throw new LedgerError("closed", "The command has ended");
        const event = wellFormed(given);
        const encoded = encodeEvent(event);
        const at = events.length;
        const placed: PlacedEvent = {
          offset: (this.#base?.next ?? 0) + at,
          id: ulidAfter(this.firstId, at),
          time: this.time,
          type: encoded.type,
          keys: encoded.keys,
          data: event.data,
          producer: event.producer,
          memo: event.memo,
        };
        events.push(encoded);
        this.#bytes += recordedSize(encoded);
        const applied = applyEvent(this.#projection, placed, rows);
        // Most events are applied at once: only those that read the store cost a turn.
        if (applied === undefined) return placed;
        applying.push(applied);
        return applied.then(() => placed);
      },
    };
    rows.mark();
    try {
      return await command(tx);
    } catch (error) {
      // Nothing may be written any more once it is taken back.
      isOpen = false;
      await Promise.allSettled(applying);
      events.length = count;
      this.#bytes = bytes;
      rows.revert();
      throw error;
    } finally {
      isOpen = false;
    }
  }
}
