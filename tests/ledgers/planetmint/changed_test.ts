import { planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import { checkChanged } from "../shared_bigchaindb/changed.ts";

Deno.test("transactions changed at random are told the same as by Planetmint 2.5.3", async () => {
  await checkChanged(planetmintDialect, "planetmint_changed.json");
});
