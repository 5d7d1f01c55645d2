import { BoundedCache } from "../../crypto/bounded_cache.ts";
import { isDamage, LedgerError } from "../../kernel/errors.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import { STREAMS_PREFIX } from "../chain/names.ts";
import type { Format } from "../typed/formats.ts";
import type { Telling } from "../typed/telling.ts";
import type { Tellings } from "../typed/tellings.ts";
import type { Batches } from "./batches.ts";
import { damageNotice, newLifeNotice } from "./notices.ts";
import type { OrderEntry } from "./order.ts";
import { ledgerPiece, nothingUntil, type Piece } from "./piece.ts";
import type { StreamLives } from "./stream_lives.ts";
import { StreamPiece } from "./stream_piece.ts";

type RangeEntry = Extract<OrderEntry, { kind: "range" }>;

/** A value, or a promise of it where something has to be read. */
type Soon<T> = T | Promise<T>;

/** Tellings that are kept at hand. */
const TELLINGS = 4_096;

/** Makes pieces of the entries of the order. */
export class Pieces {
  readonly #tellings: Tellings;
  readonly #batches: Batches;
  readonly #lives: StreamLives;
  readonly #known = new BoundedCache<string, Telling>(TELLINGS);

  constructor(tellings: Tellings, batches: Batches, lives: StreamLives) {
    this.#tellings = tellings;
    this.#batches = batches;
    this.#lives = lives;
  }

  /**
   * The events of an entry from an offset of its chain on, as many as are made at a time; undefined
   * where what is left of it is of a life that is over. Rejects with what the store says. Of a chain
   * that is damaged it says that, and keeps nobody from the others; what is kept no more is passed over.
   */
  of(
    entry: Exclude<OrderEntry, { kind: "followed" }>,
    offset: number,
    format: Format,
  ): Soon<Piece | undefined> {
    if (entry.kind === "reset") return newLifeNotice(entry, format);
    const damaged = async (error: unknown) => {
      if (error instanceof LedgerError && error.code === "offset_gone") {
        return nothingUntil(offset, Math.min(entry.to, Number(error.details.first)));
      }
      if (!isDamage(error)) throw error;
      const isOver = await this.#batches.isOver(entry.chain, entry.epoch);
      return isOver ? undefined : damageNotice(entry, offset, format, error.message);
    };
    try {
      const batch = this.#batches.at(entry.chain, entry.epoch, offset);
      const made = batch instanceof Promise
        ? batch.then((read) => read && this.#ofBatch(read, entry, offset, format))
        : this.#ofBatch(batch, entry, offset, format);
      return made instanceof Promise ? made.catch(damaged) : made;
    } catch (error) {
      return damaged(error);
    }
  }

  #ofBatch(
    batch: EventBatch,
    entry: RangeEntry,
    offset: number,
    format: Format,
  ): Soon<Piece> {
    const { chain, epoch, to } = entry;
    if (chain.startsWith(STREAMS_PREFIX)) {
      const stream = this.#lives.of(chain, epoch, batch);
      return stream instanceof Promise
        ? stream.then((known) =>
          new StreamPiece({ chain, stream: known, batch, format }, offset, to)
        )
        : new StreamPiece({ chain, stream, batch, format }, offset, to);
    }
    const telling = this.#tellingOf(chain, epoch, format);
    if (telling instanceof Promise) {
      return telling.then(async (known) =>
        ledgerPiece(await known.part(batch, offset), offset, to)
      );
    }
    const told = telling.part(batch, offset);
    return told instanceof Promise
      ? told.then((made) => ledgerPiece(made, offset, to))
      : ledgerPiece(told, offset, to);
  }

  #tellingOf(chain: string, epoch: string, format: Format): Soon<Telling> {
    const name = `${format} ${epoch} ${chain}`;
    const known = this.#known.find(name);
    if (known !== undefined) return known;
    return this.#tellings.of(chain, { life: epoch }, format).then((telling) => {
      this.#known.set(name, telling);
      return telling;
    });
  }
}
