import { DatabaseSync } from "node:sqlite";

/** Kinds of pages of a SQLite file, by their first byte: leaves of a table's tree or an index's. */
const LEAVES: ReadonlySet<number> = new Set([10, 13]);

/** Bytes of a page's head. */
const HEAD = 8;

/**
 * Zeroes the heads of those leaves of a SQLite file that hold a text, up to `count` of them: what a
 * bad disk does. The file must be closed. Returns how many there were.
 */
export async function zeroLeaves(path: string, text: string, count = 1): Promise<number> {
  const bytes = await Deno.readFile(path);
  const size = new DataView(bytes.buffer).getUint16(16) || 65_536;
  const wanted = new TextEncoder().encode(text);
  let found = 0;
  for (let at = size; at < bytes.length && found < count; at += size) {
    const page = bytes.subarray(at, at + size);
    if (!LEAVES.has(page[0] ?? 0) || !holds(page, wanted)) continue;
    page.fill(0, 0, HEAD);
    found++;
  }
  await Deno.writeFile(path, bytes);
  return found;
}

function holds(page: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = 0; at + wanted.length <= page.length; at++) {
    if (wanted.every((byte, index) => page[at + index] === byte)) return true;
  }
  return false;
}

/** Pages of a store's file that hold something. */
export function pagesOf(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const number = (name: string) =>
      Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
    return number("page_count") - number("freelist_count");
  } finally {
    database.close();
  }
}
