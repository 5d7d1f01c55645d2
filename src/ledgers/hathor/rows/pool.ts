import type { ReadRows, Rows } from "../../../log/projection.ts";
import { POOL, POOL_PER_PAGE, poolPage, type PoolRow } from "./rows.ts";

const NONE: PoolRow = { first: 0, next: 0, count: 0 };

/**
 * Adds a transaction to those that count and are not confirmed. They stand in pages in the order in
 * which they came; returns the page.
 */
export async function joinPool(hash: string, rows: Rows): Promise<number> {
  const pool = await rows.get<PoolRow>(POOL) ?? NONE;
  const last = pool.next - 1;
  const held = pool.next > pool.first
    ? await rows.get<readonly string[]>(poolPage(last)) ?? []
    : undefined;
  const fits = held !== undefined && held.length < POOL_PER_PAGE;
  const page = fits ? last : pool.next;
  rows.set(poolPage(page), [...fits ? held : [], hash]);
  rows.set(POOL, { ...pool, next: page + 1, count: pool.count + 1 });
  return page;
}

/** Takes a transaction out of its page; empty pages at the beginning are given up. */
export async function leavePool(hash: string, page: number, rows: Rows): Promise<void> {
  const pool = await rows.get<PoolRow>(POOL) ?? NONE;
  const held = await rows.get<readonly string[]>(poolPage(page)) ?? [];
  rows.set(poolPage(page), held.filter((other) => other !== hash));
  let { first } = pool;
  while (first < pool.next && (await rows.get<readonly string[]>(poolPage(first)))?.length === 0) {
    rows.delete(poolPage(first++));
  }
  rows.set(POOL, { ...pool, first, count: pool.count - 1 });
}

/** Hashes of all transactions that count and are not confirmed, in the order in which they came. */
export async function readPool(rows: ReadRows): Promise<string[]> {
  const hashes: string[] = [];
  for await (const page of poolPages(rows)) hashes.push(...page);
  return hashes;
}

/** The oldest of them, `enough` or somewhat more, in the order in which they came. */
export async function readOldest(rows: ReadRows, enough: number): Promise<string[]> {
  const hashes: string[] = [];
  for await (const page of poolPages(rows)) {
    hashes.push(...page);
    if (hashes.length >= enough) break;
  }
  return hashes;
}

/** The newest of them, `enough` or somewhat more, in the order in which they came. */
export async function readNewest(rows: ReadRows, enough: number): Promise<string[]> {
  const { first, next } = await rows.get<PoolRow>(POOL) ?? NONE;
  let hashes: readonly string[] = [];
  for (let page = next - 1; page >= first && hashes.length < enough; page--) {
    hashes = [...await rows.get<readonly string[]>(poolPage(page)) ?? [], ...hashes];
  }
  return [...hashes];
}

/** The pool's pages, the oldest first. */
export async function* poolPages(rows: ReadRows): AsyncGenerator<readonly string[], void, void> {
  const { first, next } = await rows.get<PoolRow>(POOL) ?? NONE;
  for (let page = first; page < next; page++) {
    yield await rows.get<readonly string[]>(poolPage(page)) ?? [];
  }
}
