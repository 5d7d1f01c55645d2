import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { checkChanged } from "../shared_bigchaindb/changed.ts";

Deno.test("transactions changed at random are told the same as by BigchainDB 2.2.2", async () => {
  await checkChanged(bigchaindbDialect, "bigchaindb_changed.json");
});
