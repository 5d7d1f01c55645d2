import type { Range, Store, StoredEntry } from "../kv/store.ts";
import { keyBeyond } from "./keys.ts";

/** All entries of a range, in pages of up to `limit`: what is added behind the last is in the next. */
export async function* listPages<T = unknown>(
  store: Store,
  { start, end }: Range,
  limit: number,
): AsyncGenerator<StoredEntry<T>[], void, void> {
  for (let from = start;;) {
    const entries = await store.list<T>({ start: from, end }, limit);
    yield entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < limit) return;
    from = keyBeyond(last.key);
  }
}
