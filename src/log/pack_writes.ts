import { Buffer } from "node:buffer";
import { SEGMENT_BYTES } from "../kernel/limits.ts";
import type { ByteSet } from "./commit.ts";
import type { Head } from "./head.ts";
import { rowKey, segmentKey } from "./keys.ts";
import { changedRow, type RowChange } from "./overlay.ts";
import { recordFirst } from "./record.ts";

/** What changes of rows write, of the generation of a head. */
export function rowWrites(
  chain: string,
  { generation, below }: Head,
  changes: Iterable<RowChange>,
): { readonly sets: readonly ByteSet[]; readonly deletes: readonly Deno.KvKey[] } {
  const sets: ByteSet[] = [];
  const deletes: Deno.KvKey[] = [];
  for (const change of changes) {
    const key = rowKey(chain, generation, change.key);
    const row = changedRow(chain, change, below !== undefined);
    if (row === undefined) deletes.push(key);
    else sets.push({ key, value: row });
  }
  return { sets, deletes };
}

/** Records as segments: several in one as far as they fit, one in several where it is larger. */
export function segmentsOf(chain: string, records: readonly Uint8Array[]): ByteSet[] {
  const sets: ByteSet[] = [];
  let gathered: Uint8Array[] = [];
  let start = 0;
  let size = 0;
  const close = () => {
    if (gathered.length > 0) {
      sets.push({
        key: segmentKey(chain, start),
        value: new Uint8Array(Buffer.concat(gathered)),
      });
    }
    gathered = [];
    size = 0;
  };
  for (const bytes of records) {
    const offset = recordFirst(bytes);
    if (size + bytes.length > SEGMENT_BYTES) close();
    if (bytes.length > SEGMENT_BYTES) {
      for (let part = 0; part * SEGMENT_BYTES < bytes.length; part++) {
        const value = bytes.subarray(part * SEGMENT_BYTES, (part + 1) * SEGMENT_BYTES);
        sets.push({ key: segmentKey(chain, offset, part), value });
      }
      continue;
    }
    if (gathered.length === 0) start = offset;
    gathered.push(bytes);
    size += bytes.length;
  }
  close();
  return sets;
}
