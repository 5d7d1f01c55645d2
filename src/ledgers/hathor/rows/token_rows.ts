import type { Rows } from "../../../log/projection.ts";
import { HTR_UID } from "../vertex/vertex.ts";
import { type NetworkRow, type TokenRow, tokenRow } from "./rows.ts";

/** A token before anything is known of it: its creation may be told after its transfers. */
const EMPTY: TokenRow = { name: "", symbol: "", version: 0, total: "0", transactions: 0 };

/** Changes what is known of a token: what it is called, and how much there is more of what. */
export async function changeToken(
  { uid, ...info }:
    & { readonly uid: string }
    & Partial<Pick<TokenRow, "name" | "symbol" | "version">>,
  { rows, network, total = 0n, transactions = 0, minters = 0, melters = 0 }: {
    readonly rows: Rows;
    readonly network: NetworkRow;
    readonly total?: bigint;
    readonly transactions?: number;
    /** Contracts that may mint it, and melt it. */
    readonly minters?: number;
    readonly melters?: number;
  },
): Promise<void> {
  const old = await rows.get<TokenRow>(tokenRow(uid)) ??
    (uid === HTR_UID ? { ...EMPTY, ...network.nativeToken } : EMPTY);
  const { name = old.name, symbol = old.symbol, version = old.version } = info;
  rows.set(tokenRow(uid), {
    ...old,
    name,
    symbol,
    version,
    total: `${BigInt(old.total) + total}`,
    transactions: old.transactions + transactions,
    ...(minters !== 0 && { minters: (old.minters ?? 0) + minters }),
    ...(melters !== 0 && { melters: (old.melters ?? 0) + melters }),
  });
}
