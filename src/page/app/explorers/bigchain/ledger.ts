import { askJson } from "../../data/api.ts";
import { type LogEvent, readEvents } from "../../data/chains.ts";
import type { AssetPart, BigchainBlock, BigchainLedger, BigchainTx, PlacedTx } from "./model.ts";

/** The types of events that vote. */
export const ELECTIONS = ["VALIDATOR_ELECTION", "CHAIN_MIGRATION_ELECTION"] as const;

/** The chain of a ledger's log. */
export function chainOf({ name }: BigchainLedger): string {
  return `${name}/chain`;
}

/** Where a ledger's API is. */
export function apiPath({ name }: BigchainLedger, path: string): string {
  return `${name}/api/v1/${path}`;
}

/** Asks the ledger's API. */
export function askBigchain<T>(
  ledger: BigchainLedger,
  path: string,
  signal?: AbortSignal,
): Promise<T> {
  return askJson<T>(apiPath(ledger, path), { signal });
}

/** The assets that a transaction is about, by their ids: its own where it begins one. */
export function assetIdsOf(tx: BigchainTx): readonly string[] {
  const parts = partsOf(tx);
  const named = parts.flatMap(({ id }) => id ?? []);
  const isOwn = tx.operation === "COMPOSE" || named.length === 0 || named.length < parts.length;
  return [...new Set(isOwn ? [tx.id, ...named] : named)];
}

function partsOf({ asset, assets }: BigchainTx): readonly AssetPart[] {
  return assets ?? (asset === undefined ? [] : [asset]);
}

/** What a transaction says of its assets; undefined where it begins none. */
export function contentOf(tx: BigchainTx): unknown {
  const said = partsOf(tx).filter(({ data }) => data !== undefined && data !== null);
  return said.length === 0 ? undefined : said.length === 1 ? said[0]?.data : said;
}

/** All transactions of an asset, in their order. */
export function transactionsOf(
  ledger: BigchainLedger,
  assets: readonly string[],
  signal?: AbortSignal,
): Promise<readonly BigchainTx[]> {
  const path = `transactions?${ledger.assetsArgument}=${assets.join(",")}`;
  return askBigchain<readonly BigchainTx[]>(ledger, path, signal);
}

/** The last transactions before an offset, the newest first. */
export async function lastTransactions(
  ledger: BigchainLedger,
  asked: {
    readonly limit: number;
    readonly before?: string | undefined;
    readonly types: readonly string[];
  },
  signal?: AbortSignal,
): Promise<readonly PlacedTx[]> {
  const events = await readEvents(chainOf(ledger), backwards(asked), signal);
  return events.map((event) => {
    const { height, transaction: tx } = event.data as { height: number; transaction: BigchainTx };
    return { tx, height, time: event.time, offset: event.offset };
  });
}

/** The last blocks before an offset, the newest first. */
export async function lastBlocks(
  ledger: BigchainLedger,
  asked: { readonly limit: number; readonly before?: string | undefined },
  signal?: AbortSignal,
): Promise<readonly BigchainBlock[]> {
  const events = await readEvents(
    chainOf(ledger),
    backwards({ ...asked, types: ["BLOCK"] }),
    signal,
  );
  return events.map(blockOfEvent);
}

/** What an event of a block says. */
export function blockOfEvent({ data, time, offset }: LogEvent): BigchainBlock {
  const { height, hash, transaction_ids: ids } = data as {
    height: number;
    hash: string;
    transaction_ids: readonly string[];
  };
  return { height, hash, ids, time, offset };
}

function backwards<T extends { readonly before?: string | undefined; readonly limit: number }>(
  { before, ...rest }: T,
) {
  return { ...rest, from: before ?? "latest", backward: true };
}
