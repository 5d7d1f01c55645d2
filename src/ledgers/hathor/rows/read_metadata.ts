import type { ReadRows } from "../../../log/projection.ts";
import { type MetadataRow, metadataRow, numberRow } from "./rows.ts";

/** What changes of a vertex, at once where it is in memory; undefined where there is no vertex. */
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
