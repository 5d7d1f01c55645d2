import { assertEquals } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { chainLogName, REMOTE_REGISTRY } from "../../../../src/ledgers/hierachain/chain/names.ts";
import { registerChains } from "../../../../src/ledgers/hierachain/follow/chain_registry.ts";
import { Log } from "../../../../src/log/log.ts";
import { chainProjection } from "../../../../src/server/projections.ts";

Deno.test("more chains than one commit holds are registered, each once", async () => {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection, clock: systemClock });
  const names = Array.from({ length: 3_000 }, (_, at) => `chain-${at}`);
  await registerChains(log, names);
  await registerChains(log, [...names, "one-more"]);
  const head = await log.chain(chainLogName(REMOTE_REGISTRY)).head();
  assertEquals(head?.next, 3_001);
  await log.close();
  store.close();
});
