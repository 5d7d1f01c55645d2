import type { ReadRows, Rows } from "../../../log/projection.ts";
import { POOL, POOL_PER_PAGE, poolPage, type PoolRow } from "./rows.ts";

const NONE: PoolRow = { first: 0, next: 0, count: 0 };

/**
 * Adds a transaction to the mempool: those that count and that no block confirms. They stand in
 * pages, oldest first; returns the number of its page.
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

/** Takes a transaction out of its page of the mempool; empty pages at the beginning are deleted. */
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

/** Hashes of the whole mempool, in the order of arrival. */
export async function readPool(rows: ReadRows): Promise<string[]> {
  const hashes: string[] = [];
  for await (const page of poolPages(rows)) hashes.push(...page);
  return hashes;
}

/** Hashes of the oldest of the mempool, `enough` or up to a page more, in the order of arrival. */
export async function readOldest(rows: ReadRows, enough: number): Promise<string[]> {
  const hashes: string[] = [];
  for await (const page of poolPages(rows)) {
    hashes.push(...page);
    if (hashes.length >= enough) break;
  }
  return hashes;
}

/** Hashes of the newest of the mempool, `enough` or up to a page more, in the order of arrival. */
export async function readNewest(rows: ReadRows, enough: number): Promise<string[]> {
  const { first, next } = await rows.get<PoolRow>(POOL) ?? NONE;
  let hashes: readonly string[] = [];
  for (let page = next - 1; page >= first && hashes.length < enough; page--) {
    hashes = [...await rows.get<readonly string[]>(poolPage(page)) ?? [], ...hashes];
  }
  return [...hashes];
}

/** The mempool's pages of hashes, the oldest first. */
export async function* poolPages(rows: ReadRows): AsyncGenerator<readonly string[], void, void> {
  const { first, next } = await rows.get<PoolRow>(POOL) ?? NONE;
  for (let page = first; page < next; page++) {
    yield await rows.get<readonly string[]>(poolPage(page)) ?? [];
  }
}
