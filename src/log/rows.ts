import { LedgerError, messageOf } from "../kernel/errors.ts";
import { SEGMENT_BYTES } from "../kernel/limits.ts";
import { checkedText, DamagedValueError, readCheckedText } from "./checked.ts";
import type { PlacedEvent } from "./event.ts";
import type { RowKey } from "./keys.ts";
import { producerRow, type ProducerState } from "./producer.ts";
import { damaged } from "./segments.ts";
import type { Projection, Rows, RowValue } from "./projection.ts";

/** Runs the log's own row keeping and the ledger's on one event. */
export function applyEvent(
  projection: Projection,
  event: PlacedEvent,
  rows: Rows,
): void | Promise<void> {
  if (event.producer !== undefined) {
    const { id, epoch, seq } = event.producer;
    rows.set(producerRow(id), { epoch, seq, last: event.offset } satisfies ProducerState);
  }
  return projection.apply(event, rows);
}

/** Keeps the rows of an event that was read from the log (replay). Throws `damaged` where no rows can be made of it. */
export async function applyStored(
  chain: string,
  projection: Projection,
  event: PlacedEvent,
  rows: Rows,
): Promise<void> {
  try {
    await applyEvent(projection, event, rows);
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    const reason = `no rows can be made of the event: ${messageOf(error)}`;
    throw damaged(chain, event.offset, reason, error);
  }
}

/**
 * Stored form of a row. Its checksum covers its name and the chain's, and not the generation, so
 * that the same row of two generations is the same bytes. Throws `too_large` past what one value
 * may hold.
 *
 * @param name the key's name, where it is at hand
 */
export function encodeRow(
  chain: string,
  key: RowKey,
  value: RowValue,
  name: string = rowName(key),
): Uint8Array {
  const bytes = checkedText(fullName(chain, name), JSON.stringify(value));
  if (bytes.length > SEGMENT_BYTES) {
    throw new LedgerError(
      "too_large",
      `The row ${JSON.stringify(key)} would hold ${bytes.length} bytes`,
      {
        limit: SEGMENT_BYTES,
        size: bytes.length,
      },
    );
  }
  return bytes;
}

/** Stands for a row that was removed, over one that lies below. */
export const NO_ROW: Uint8Array = new Uint8Array();

/** Whether a stored value is {@linkcode NO_ROW}. */
export function isNoRow(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === 0;
}

/** Reads a stored row. Throws `damaged`, with its chain and key. */
export function decodeRow(
  chain: string,
  key: RowKey,
  stored: unknown,
  name: string = rowName(key),
): RowValue {
  try {
    return JSON.parse(readCheckedText(fullName(chain, name), stored));
  } catch (error) {
    if (!(error instanceof DamagedValueError)) throw error;
    const row = JSON.stringify(key);
    throw new LedgerError(
      "damaged",
      `The row ${row} of ${chain} is damaged: ${error.message}. Rebuild the chain`,
      { chain, row },
      error,
    );
  }
}

function fullName(chain: string, row: string): string {
  return `row ${chain.length}:${chain}${row}`;
}

/** A row's key as text, for maps: no two keys have the same, as each part says how long it is. */
export function rowName(key: RowKey): string {
  let name = "";
  for (const part of key) {
    name += typeof part === "string" ? `${part.length}:${part}` : `#${part};`;
  }
  return name;
}
