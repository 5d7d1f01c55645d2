import { defineLedger } from "../shared_bigchaindb/definition.ts";
import { bigchaindbDialect } from "./dialect.ts";
import { bigchaindbNode } from "./node_blocks.ts";
import { bigchaindbRoutes } from "./routes.ts";

/** BigchainDB, as version 2.2.2 has it. */
export const bigchaindb = defineLedger(bigchaindbDialect, {
  title: "BigchainDB",
  ports: { web: 9984, stream: 9985 },
  firstStep: (base) => `curl ${base}/api/v1/`,
  eventsPath: "/api/v1/streams/valid_transactions",
  assets: {
    version: "2.0",
    asset: (data) => ({ asset: { data } }),
    metadata: (nonce) => ({ nonce }),
  },
  node: bigchaindbNode,
  routes: bigchaindbRoutes,
});
