import type { RowKey } from "../../../log/keys.ts";
import type { ReadRows, Rows } from "../../../log/projection.ts";
import { PART_CHARS } from "./rows.ts";

/** What a row keeps of a text that may be too long for it: how it begins, and how many rows follow. */
interface LongText {
  readonly head: string;
  readonly parts: number;
}

/** Writes down what of a text is beyond the row of `key`, which is to keep what is returned. */
export function setParts(key: RowKey, text: string, rows: Rows, most = PART_CHARS): LongText {
  let parts = 0;
  for (let at = most; at < text.length; at += most) {
    rows.set([...key, parts++], text.slice(at, at + most));
  }
  return { head: text.slice(0, most), parts };
}

/** The whole text of {@linkcode setParts}. */
export async function joinParts(
  key: RowKey,
  { head, parts }: LongText,
  rows: ReadRows,
): Promise<string> {
  let text = head;
  for (let part = 0; part < parts; part++) text += await rows.get<string>([...key, part]) ?? "";
  return text;
}
