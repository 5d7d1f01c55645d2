import { defineLedger } from "../shared_bigchaindb/definition.ts";
import { bigchaindbDialect } from "./dialect.ts";
import { bigchaindbRoutes } from "./routes.ts";

/** BigchainDB, as version 2.2.2 has it. */
export const bigchaindb = defineLedger(bigchaindbDialect, {
  title: "BigchainDB",
  ports: { web: 9984, stream: 9985 },
  firstSteps: (origin) => [
    `curl ${origin}/api/v1/`,
    `connect to ${origin.replace("http", "ws")}/api/v1/streams/valid_transactions?from_height=1`,
    `new BigchainDB.Connection("${origin}/api/v1/")`,
  ],
  routes: bigchaindbRoutes,
});
