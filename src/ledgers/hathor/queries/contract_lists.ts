import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import { type ContractList, type Listed, listedAt } from "../rows/contract_lists.ts";

/** Rows that are read at once. */
const PAGE = 64;

/** Where a list is read from, and in which direction. */
export interface ListStart {
  /** What it begins with, if that is in the list; the end of the list where left out. */
  readonly from?: Listed | undefined;
  /** Whether the newer come next. */
  readonly isNewer: boolean;
}

/** Hashes of a list of contracts or blueprints, in order of time. */
export async function* listedHashes(
  chain: Chain,
  list: ContractList,
  { from, isNewer }: ListStart,
): AsyncGenerator<string, void, void> {
  let last: RowKey | undefined;
  if (from !== undefined) {
    last = listedAt(list, from);
    if (await chain.row<number>(last) !== undefined) yield from.hash;
  }
  for (;;) {
    const bounds = isNewer ? { after: last } : { before: last, reverse: true };
    const rows = await chain.rows(list, PAGE, bounds);
    for (const { key } of rows) yield String(key.at(-1));
    if (rows.length < PAGE) return;
    last = rows.at(-1)?.key;
  }
}

/** The timestamp of the last of a list; undefined where it is empty. */
export async function latestListed(
  chain: Chain,
  list: ContractList,
): Promise<number | undefined> {
  const [last] = await chain.rows(list, 1, { reverse: true });
  return last === undefined ? undefined : Number(last.key.at(-2));
}
