import * as rules from "../../../src/ledgers/planetmint/rules.ts";
import { checkChanged } from "../shared_bigchaindb/changed.ts";

Deno.test("transactions changed at random are told the same as by Planetmint 2.5.3", async () => {
  await checkChanged(rules, "planetmint_changed.json");
});
