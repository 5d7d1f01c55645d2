import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { withServer } from "../../../support/in_process.ts";
import { withFolder } from "../../../support/server.ts";

const BUSINESS = "/api/business";

Deno.test("what business routes take is in the log, and there after a restart", async () => {
  await withFolder(async (folder) => {
    const flags = [`--store=${join(folder, "store.db")}`];
    const long = "x".repeat(5_000);
    await withServer(async ({ api }) => {
      const post = async (path: string, body: unknown) => {
        const { status, text } = await api.post(`${BUSINESS}/${path}`, body);
        assertEquals(status, 200, text);
      };
      for (const org_id of ["<b>", long, "sha256:1"]) {
        await post("organizations", { org_id, ca_config: { big: 1 } });
      }
      await post("channels", { channel_id: "c", organizations: ["<b>"], policy: {} });
      await post("channels/c/private-collections", { name: "p", members: [], config: {} });
      const secret = { collection: "p", key: "k", value: { a: 1.5 }, event_metadata: {} };
      await post("private-data", secret);
      const contract = { contract_id: "k", version: "1", implementation: "i", metadata: {} };
      await post("contracts", contract);
      await post("contracts", { ...contract, version: "2" });
    }, { flags });
    await withServer(async ({ api, main }) => {
      for (const id of ["<b>", long]) {
        const path = `${BUSINESS}/organizations/${encodeURIComponent(id)}`;
        assertEquals((await api.get(path)).body.org_id, id);
      }
      assertEquals((await api.get(`${BUSINESS}/organizations/b`)).status, 404);
      const run = { contract_id: "k", event: { event: "e", entity_id: 5.0 }, context: {} };
      const { body } = await api.post(`${BUSINESS}/contracts/execute`, run);
      assertEquals(body.result.details.contract_version, "2");
      const chain = encodeURIComponent("hierachain/business/registry");
      const lines = (await (await fetch(`${main}/v1/chains/${chain}/events`)).text()).trim();
      const events = lines.split("\n").map((line) => JSON.parse(line));
      assertEquals(events.map(({ type }) => type), [
        "organization",
        "organization",
        "organization",
        "channel",
        "private_collection",
        "private_data",
        "contract",
        "contract",
        "contract_execution",
      ]);
      assertEquals(events[5].data.value, { a: 1.5 });
      // It is no chain of the API.
      assertEquals((await api.get("/api/ledger/chains")).body.length, 1);
    }, { flags });
  });
});

Deno.test("a body beyond what the log takes is refused, and nothing of it is kept", async () => {
  await withServer(async ({ api }) => {
    const ask = async (body: unknown) => (await api.post(`${BUSINESS}/organizations`, body)).status;
    assertEquals(await ask({ org_id: "o", ca_config: { x: "x".repeat(800_000) } }), 413);
    assertEquals(await ask({ org_id: "o", ca_config: { x: "x".repeat(1_100_000) } }), 413);
    assertEquals(await ask('{"org_id":"\\ud800","ca_config":{}}'), 422);
    assertEquals((await api.get(`${BUSINESS}/organizations/o`)).status, 404);
    const nothing = { contract_id: "k", version: "1", metadata: {} };
    assertEquals((await api.post(`${BUSINESS}/contracts`, nothing)).status, 400);
  });
});
