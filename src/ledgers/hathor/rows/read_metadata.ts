import type { ReadRows } from "../../../log/projection.ts";
import { type MetadataRow, metadataRow, numberRow } from "./rows.ts";

/** The metadata row of a vertex, without a promise where it is in memory; undefined for none. */
export function readMetadata(
  hash: string,
  rows: ReadRows,
): MetadataRow | undefined | Promise<MetadataRow | undefined> {
  const number = rows.get<number>(numberRow(hash));
  if (number instanceof Promise) return number.then((found) => numbered(found, rows));
  return numbered(number, rows);
}

function numbered(
  number: number | undefined,
  rows: ReadRows,
): MetadataRow | undefined | Promise<MetadataRow | undefined> {
  return number === undefined ? undefined : rows.get<MetadataRow>(metadataRow(number));
}
