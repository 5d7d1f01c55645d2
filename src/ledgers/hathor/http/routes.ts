import type { VertexTaker } from "../intake/intake.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { Route } from "./app.ts";
import { nodeBlockRoutes } from "./block_routes.ts";
import { nodeEventRoutes } from "./event_routes.ts";
import { featureRoutes } from "./feature_routes.ts";
import { graphvizRoutes } from "./graphviz_routes.ts";
import { nanoRoutes } from "./nano_routes.ts";
import { type NodeFacts, nodeRoutes } from "./node_routes.ts";
import { peerRoutes } from "./peer_routes.ts";
import { profilerRoutes } from "./profiler_routes.ts";
import { pushRoutes } from "./push_routes.ts";
import { transactionRoutes } from "./transaction_routes.ts";
import { walletRoutes } from "./wallet_routes.ts";

/** The node's HTTP API under `/v1a`; sockets and `/mining` have routes of their own. */
export function nodeHttpRoutes(
  queries: NodeQueries,
  intake: VertexTaker,
  facts: NodeFacts,
): Route[] {
  return [
    ...nodeRoutes(queries, facts),
    ...featureRoutes(queries),
    ...transactionRoutes(queries),
    ...pushRoutes(queries, intake),
    ...walletRoutes(queries),
    ...nodeBlockRoutes(queries, intake),
    ...nodeEventRoutes(queries),
    ...graphvizRoutes(queries),
    ...nanoRoutes(queries),
    ...peerRoutes(),
    ...profilerRoutes(queries, facts.clock),
  ];
}
