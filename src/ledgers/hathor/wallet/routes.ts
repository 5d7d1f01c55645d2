import type { Route } from "../http/app.ts";
import { createTxRoute } from "./create_tx.ts";
import { matchValueRoutes } from "./match_value_routes.ts";
import { nodeWalletRoutes } from "./node_wallet_routes.ts";
import type { WalletContext } from "./send_tokens.ts";
import type { SpendingWallet } from "./spending_wallet.ts";
import { thinSendTokensRoute } from "./thin_send_tokens.ts";

/** What makes transactions and sends them, for clients that do neither, and the node's own wallet. */
export function sendingRoutes(context: WalletContext, wallet: SpendingWallet | undefined): Route[] {
  const { queries, intake, desk } = context;
  return [
    createTxRoute(queries),
    thinSendTokensRoute(queries, intake, desk),
    ...matchValueRoutes(context, wallet),
    // The wallet, and whether it is locked, is where transactions are made.
    ...nodeWalletRoutes(context, wallet).map((route): Route => ({ ...route, getAt: "owner" })),
  ];
}

/** Paths that the original has under `/v2` as well: they are the same there in 0.72.0. */
const SECOND_VERSION: ReadonlySet<string> = new Set([
  "/create_tx",
  "/nano_contract/state",
  "/thin_wallet/address_balance",
  "/thin_wallet/token",
  "/utxo_search",
  "/wallet/balance",
  "/wallet/send_tokens",
]);

/** The routes of `/v2`, of all those of `/v1a`. */
export function secondVersion(routes: readonly Route[]): Route[] {
  return routes.filter(({ path }) => SECOND_VERSION.has(path));
}
