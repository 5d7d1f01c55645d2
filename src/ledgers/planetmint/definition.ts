import { defineLedger } from "../shared_bigchaindb/definition.ts";
import { planetmintDialect } from "./dialect.ts";
import { planetmintNode } from "./node_blocks.ts";
import { planetmintRoutes } from "./routes.ts";

/**
 * Planetmint, as version 2.5.3 has it. Its original ports are BigchainDB's; by default it listens ten
 * above them.
 */
export const planetmint = defineLedger(planetmintDialect, {
  title: "Planetmint",
  ports: { web: 9994, stream: 9995 },
  firstStep: (base) => `curl ${base}/api/v1/`,
  eventsPath: "/api/v1/streams/valid_blocks",
  assets: {
    version: "3.0",
    asset: (data) => ({ assets: [{ data }] }),
    metadata: (nonce) => nonce,
  },
  node: planetmintNode,
  routes: planetmintRoutes,
});
