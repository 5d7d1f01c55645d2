import type { Route } from "../http/app.ts";
import type { Intake } from "../intake/intake.ts";
import type { WorkDesk } from "../mining/work_desk.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { createTxRoute } from "./create_tx.ts";
import { thinSendTokensRoute } from "./thin_send_tokens.ts";

/** What makes transactions and sends them, for clients that do neither by themselves. */
export function sendingRoutes(queries: NodeQueries, intake: Intake, desk: WorkDesk): Route[] {
  return [createTxRoute(queries), thinSendTokensRoute(queries, intake, desk)];
}

/** Paths that the original has under `/v2` as well: they are the same there in 0.72.0. */
const SECOND_VERSION: ReadonlySet<string> = new Set([
  "/create_tx",
  "/nano_contract/state",
  "/thin_wallet/address_balance",
  "/thin_wallet/token",
  "/utxo_search",
]);

/** The routes of `/v2`, of all those of `/v1a`. */
export function secondVersion(routes: readonly Route[]): Route[] {
  return routes.filter(({ path }) => SECOND_VERSION.has(path));
}
