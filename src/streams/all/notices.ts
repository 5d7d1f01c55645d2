import { type Format, sourceOf } from "../typed/formats.ts";
import { STREAMS_PREFIX } from "../chain/names.ts";
import { tokenOf } from "../chain/token.ts";
import type { OrderEntry } from "./order.ts";
import type { Piece } from "./piece.ts";

/** What is said of a chain itself, between events. */
export type ChainNews =
  /** The stream was closed: nothing more will come of it. */
  | "closed"
  /** The stream was deleted, or has expired: what was told of it is no more. */
  | "deleted"
  /** The chain began another life, which is told from its beginning. */
  | "new_life"
  /** What is left of an entry cannot be read. */
  | "damaged";

/** What there is to say of it. */
export interface ChainNotice {
  readonly chain: string;
  readonly state: ChainNews;
  /** The place in the chain, as a token of it. */
  readonly token: string;
  /** Of the event that brought it, where one did. */
  readonly id?: string;
  /** Milliseconds since the epoch. */
  readonly time?: number;
  readonly detail?: string;
}

/** A notice as its chain alone would tell it. */
export function noticeText(notice: ChainNotice, format: Format): string {
  const { chain, state, token, id, detail } = notice;
  const time = notice.time === undefined ? undefined : new Date(notice.time).toISOString();
  if (format === "envelope") return JSON.stringify({ offset: token, id, time, state, detail });
  return JSON.stringify({
    specversion: "1.0",
    id: id ?? `${state}_${token}`,
    source: sourceOf(streamOf(chain)),
    type: `org.ledgerline.chain.${state}`,
    time,
    sequence: token,
    ...(detail === undefined ? {} : { datacontenttype: "application/json", data: { detail } }),
  });
}

/** The name by which a chain is read as a stream. */
export function streamOf(chain: string): string {
  return chain.startsWith(STREAMS_PREFIX) ? chain.slice(STREAMS_PREFIX.length) : chain;
}

/** The piece of an entry that says that its chain began another life. */
export function newLifeNotice(
  { chain, epoch }: Extract<OrderEntry, { kind: "reset" }>,
  format: Format,
): Piece {
  const token = tokenOf({ position: 0, life: epoch });
  return noticePiece(0, 1, noticeText({ chain, state: "new_life", token }, format));
}

/** The piece of an entry of which the rest cannot be read. */
export function damageNotice(
  { chain, epoch, to }: Extract<OrderEntry, { kind: "range" }>,
  offset: number,
  format: Format,
  detail: string,
): Piece {
  const token = tokenOf({ position: offset, life: epoch });
  return noticePiece(offset, to, noticeText({ chain, state: "damaged", token, detail }, format));
}

function noticePiece(first: number, next: number, text: string): Piece {
  return {
    first,
    next,
    time: Infinity,
    told: (offset) => offset === first ? text : undefined,
    isWanted: () => true,
  };
}
