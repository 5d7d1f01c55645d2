import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";

Deno.test("a trace finds the events that blocks have of their own, in order with those of users", async () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 28));
  await withServer(async ({ api }) => {
    await api.create("c");
    for (let block = 1; block <= 3; block++) {
      if (block === 2) await api.append("c", { entity_id: "system_consensus", event_type: "mine" });
      else await api.append("c", { entity_id: "e", event_type: "made" });
      clock.advance(2_000);
      await api.blocks("c", block + 1);
    }
    const trace = async (entity: string) => {
      const { body } = await api.get(`/api/ledger/entities/${entity}/trace?chain_name=c`);
      return body.events.map(({ event }: { event: string }) => event);
    };
    assertEquals(await trace("SYSTEM"), ["genesis"]);
    const closed = "consensus_finalization";
    assertEquals(await trace("system_consensus"), [closed, "mine", closed, closed]);
    assertEquals(await trace("c"), ["main_chain_connection"]);
    const all = await api.get("/api/ledger/entities/SYSTEM/trace?chain_name=");
    assertEquals(all.body.chains, ["main_chain", "c"]);
  }, { clock });
});
