import type { EventBatch } from "../../log/event_batch.ts";
import { isJson } from "../chain/content_type.ts";
import { CLOSED, DELETED, isData } from "../chain/events.ts";
import { Places } from "../chain/places.ts";
import type { Extent } from "../chain/state.ts";
import { tokenOf } from "../chain/token.ts";
import { cloudTypeOf, type Format, sourceOf } from "../typed/formats.ts";
import { noticeText, streamOf } from "./notices.ts";
import type { Piece } from "./piece.ts";
import type { KnownStream } from "./stream_lives.ts";

/** Events of a stream, in the form that events of all chains have. */
export class StreamPiece implements Piece {
  readonly first: number;
  readonly next: number;
  readonly time: number;
  readonly #chain: string;
  readonly #stream: KnownStream;
  readonly #batch: EventBatch;
  readonly #format: Format;
  #extent: Extent | undefined;
  #places: Places | undefined;

  /** Those of a batch from one offset of the chain on, and before another. */
  constructor(
    { chain, stream, batch, format }: {
      readonly chain: string;
      readonly stream: KnownStream;
      readonly batch: EventBatch;
      readonly format: Format;
    },
    from: number,
    to: number,
  ) {
    this.#chain = chain;
    this.#stream = stream;
    this.#batch = batch;
    this.#format = format;
    this.first = from;
    this.next = Math.min(batch.next, to);
    this.time = batch.time;
  }

  told(offset: number): string | undefined {
    const type = this.#batch.types[offset - this.#batch.first] ?? "";
    if (type === DELETED || type === CLOSED) return this.#notice(type, offset);
    if (!isData(type) || !this.#isIn(offset)) return undefined;
    return this.#format === "envelope" ? this.#envelope(offset) : this.#cloudEvent(offset);
  }

  /** Events of streams have no types and no keys. */
  isWanted(offset: number): boolean {
    const type = this.#batch.types[offset - this.#batch.first] ?? "";
    return type === DELETED || type === CLOSED;
  }

  /** Finds the life that wrote an event; false where that is over. */
  #isIn(offset: number): boolean {
    if (this.#extent !== undefined && isWithin(this.#extent, offset)) return true;
    this.#extent = this.#stream.extents.find((extent) => isWithin(extent, offset));
    this.#places = undefined;
    return this.#extent !== undefined;
  }

  /** The place after an event. */
  #tokenOf(offset: number): string {
    const { start, base, life } = this.#extent ?? NOWHERE;
    return tokenOf({ position: base + offset + 1 - start, life });
  }

  #notice(type: typeof DELETED | typeof CLOSED, offset: number): string | undefined {
    if (type === CLOSED && !this.#isIn(offset)) return undefined;
    const batch = this.#batch;
    const index = offset - batch.first;
    const isDeleted = type === DELETED;
    return noticeText({
      chain: this.#chain,
      state: isDeleted ? "deleted" : "closed",
      token: isDeleted ? tokenOf({ position: 0, life: "" }) : this.#tokenOf(offset - 1),
      id: batch.id(index),
      time: batch.time,
    }, this.#format);
  }

  #envelope(offset: number): string {
    const batch = this.#batch;
    const { start, base, life } = this.#extent ?? NOWHERE;
    const index = offset - batch.first;
    const pieces: string[] = [];
    this.#places ??= new Places(batch, life, base - start + 1);
    this.#places.write(index, pieces);
    if (isJson(this.#stream.contentType)) pieces.push('"data":', batch.text(index), "}");
    else pieces.push('"encoding":"base64","data":"', batch.bytes(index).toBase64(), '"}');
    return pieces.join("");
  }

  #cloudEvent(offset: number): string {
    const batch = this.#batch;
    const { contentType } = this.#stream;
    const index = offset - batch.first;
    const head = JSON.stringify({
      specversion: "1.0",
      id: batch.id(index),
      source: sourceOf(streamOf(this.#chain)),
      type: cloudTypeOf("streams", "data"),
      time: new Date(batch.time).toISOString(),
      sequence: this.#tokenOf(offset),
      datacontenttype: contentType,
    }).slice(0, -1);
    return isJson(contentType)
      ? `${head},"data":${batch.text(index)}}`
      : `${head},"data_base64":"${batch.bytes(index).toBase64()}"}`;
  }
}

const NOWHERE = { start: 0, base: 0, life: "" };

function isWithin({ start, base, end }: Extent, offset: number): boolean {
  return offset >= start && offset < start + end - base;
}
