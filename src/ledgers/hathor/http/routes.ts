import type { Clock } from "../../../kernel/clock.ts";
import type { Intake } from "../intake/intake.ts";
import type { WorkDesk } from "../mining/work_desk.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { nodeBlockRoutes } from "./block_routes.ts";
import { createTxRoute } from "./create_tx.ts";
import { nodeEventRoutes } from "./event_routes.ts";
import { featureRoutes } from "./feature_routes.ts";
import { graphvizRoutes } from "./graphviz_routes.ts";
import { nanoRoutes } from "./nano_routes.ts";
import { nodeRoutes, type SocketCounts } from "./node_routes.ts";
import { peerRoutes } from "./peers/peer_routes.ts";
import { profilerRoutes } from "./profiler_routes.ts";
import { pushRoutes } from "./push_routes.ts";
import { thinSendTokensRoute } from "./thin_send_tokens.ts";
import { transactionRoutes } from "./transaction_routes.ts";
import { walletRoutes } from "./wallet_routes.ts";

/** What routes are made of beside the node. */
export interface RouteParts {
  readonly clock: Clock;
  readonly desk: WorkDesk;
  socketCounts(): SocketCounts;
}

/** The node's HTTP API under `/v1a`; sockets and `/mining` have routes of their own. */
export function nodeHttpRoutes(
  queries: NodeQueries,
  intake: Intake,
  { clock, desk, socketCounts }: RouteParts,
): Route[] {
  return [
    ...nodeRoutes(queries, clock, socketCounts),
    ...featureRoutes(queries),
    ...transactionRoutes(queries),
    ...pushRoutes(queries, intake),
    ...walletRoutes(queries),
    ...nodeBlockRoutes(queries, intake),
    ...nodeEventRoutes(queries),
    ...graphvizRoutes(queries),
    ...nanoRoutes(),
    createTxRoute(queries),
    thinSendTokensRoute(queries, intake, desk),
    ...peerRoutes(),
    ...profilerRoutes(queries, clock),
  ];
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
