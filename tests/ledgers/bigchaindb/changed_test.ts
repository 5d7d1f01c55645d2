import * as rules from "../../../src/ledgers/bigchaindb/rules.ts";
import { checkChanged } from "../shared_bigchaindb/changed.ts";

Deno.test("transactions changed at random are told the same as by BigchainDB 2.2.2", async () => {
  await checkChanged(rules, "bigchaindb_changed.json");
});
