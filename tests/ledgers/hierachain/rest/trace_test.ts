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

Deno.test("a trace tells where its events are, with a proof of each that is in a block", async () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 28));
  await withServer(async ({ api }) => {
    for (const chain of ["a", "b"]) {
      await api.create(chain);
      await api.append(chain, { entity_id: "e", event_type: "made" });
    }
    clock.advance(2_000);
    for (const chain of ["a", "b"]) await api.blocks(chain, 2);
    await api.append("b", { entity_id: "e", event_type: "sold" });
    const { body } = await api.get("/api/ledger/entities/e/trace?places=true");
    assertEquals(
      body.places.map(({ chain_name, block_index }: Record<string, unknown>) => [
        chain_name,
        block_index,
      ]),
      [["a", 1], ["b", 1], ["b", null]],
    );
    for (const [at, { chain_name, offset, block_index, position }] of body.places.entries()) {
      const path = `/api/ledger/chains/${chain_name}`;
      const { body: found } = await api.get(`${path}/events/${offset}`);
      assertEquals([found.event, found.position], [body.events[at], position]);
      if (block_index === null) continue;
      const proof = await api.get(`${path}/blocks/${block_index}/events/${position}/proof`);
      assertEquals(proof.body.event, body.events[at]);
    }
    const own = await api.get("/api/ledger/entities/SYSTEM/trace?places=true");
    assertEquals(own.body.places[0], {
      chain_name: "main_chain",
      offset: 0,
      block_index: 0,
      position: 0,
    });
    const flawed = await api.get("/api/ledger/entities/e/trace?places=perhaps");
    assertEquals(flawed.status, 422);
    const plain = await api.get("/api/ledger/entities/e/trace");
    assertEquals("places" in plain.body, false);
  }, { clock });
});
