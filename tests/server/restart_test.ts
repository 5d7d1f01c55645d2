import { assert, assertEquals } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { assertBlockHash, readRestBlock } from "../support/rest_block.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

const CHAIN = "/api/ledger/chains/supply_chain";

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test(`after ${signal} and a new start everything is as it was, and goes on from there`, async () => {
    await withFolder(async (folder) => {
      const store = `--store=${folder}/ledger.db`;
      let server = await ServerProcess.start([store]);
      let api = new HieraChainApi(server.origin("hierachain"));
      await api.create("supply_chain");
      await api.fill("supply_chain", 120, "before");
      const pending = await api.append("supply_chain", { entity_id: "last", event_type: "t" });
      const before = await everything(api);
      const authority = await api.get("/api/admin/authority");
      server.signal(signal);
      const { code } = await server.ended();
      if (signal === "SIGTERM") assertEquals(code, 0);

      server = await ServerProcess.start([store]);
      try {
        api = new HieraChainApi(server.origin("hierachain"));
        const after = await everything(api);
        for (const [at, block] of before.blocks.entries()) assertEquals(after.blocks[at], block);
        assertEquals(after.chains, before.chains);
        assertEquals((await api.get("/api/admin/authority")).text, authority.text);
        // The block that was open is closed by the new process, with all that was in it.
        await until("the open block is closed", async () => {
          const { body } = await api.get(`${CHAIN}/events/${pending.eventId}`);
          return body.status === "in_block";
        });
        const again = await api.post(`${CHAIN}/create`);
        assertEquals(again.status, 200);
        const { offset } = await api.append("supply_chain", { entity_id: "new", event_type: "t" });
        // Offsets are dense: genesis is the first, and every block has one of its own.
        const reader = await ClientSocket.open(api.origin);
        await reader.subscribe("supply_chain", { from: 0 });
        const offsets = () =>
          reader.told.flatMap(({ type, offset }) => type.startsWith("new_") ? [offset] : []);
        await until("the new event", () => offsets().includes(offset));
        assertEquals(
          offsets().slice(0, offset + 1),
          Array.from({ length: offset + 1 }, (_, n) => n),
        );
        await reader.close();
        const { body: trace } = await api.get("/api/ledger/entities/before-7/trace");
        assertEquals(trace.events.length, 1);
        const { body: stats } = await api.get(`${CHAIN}/stats`);
        const { text } = await api.get(`${CHAIN}/blocks/${stats.total_blocks - 1}`);
        assertBlockHash(readRestBlock(text));
      } finally {
        await server.kill();
      }
    });
  });
}

Deno.test("a subscriber that lost its server comes back to the next one and misses nothing", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/ledger.db`;
    let server = await ServerProcess.start([store]);
    let api = new HieraChainApi(server.origin("hierachain"));
    await api.create("supply_chain");
    const first = await ClientSocket.open(api.origin);
    first.send({ action: "subscribe", chain_name: "supply_chain", from: "earliest" });
    await api.fill("supply_chain", 60, "one");
    await until("a part", () => first.told.length > 20);
    await server.kill();
    await first.closed;
    const seen = first.told.filter(({ offset, id }) => offset !== undefined && id !== undefined);

    server = await ServerProcess.start([store]);
    try {
      api = new HieraChainApi(server.origin("hierachain"));
      const second = await ClientSocket.open(api.origin);
      const from = seen.at(-1).offset + 1;
      second.send({ action: "subscribe", chain_name: "supply_chain", from });
      await api.fill("supply_chain", 60, "two");
      await until(
        "the last event",
        () => second.told.some(({ data }) => data?.entity_id === "two-59"),
      );
      seen.push(...second.told.filter(({ id }) => id !== undefined));
      assertEquals(seen.map(({ offset }) => offset), [...seen.keys()]);
      const ids = seen.map(({ id }) => id);
      assertEquals(ids, [...new Set(ids)].sort());
      const entities = seen.flatMap(({ data }) => data.entity_id ?? []);
      assertEquals(entities.length, 121);
      assert(entities.includes("one-59"));
      await second.close();
    } finally {
      await server.kill();
    }
  });
});

/** What a chain shows of itself. */
async function everything(api: HieraChainApi) {
  const { body: page } = await api.get(`${CHAIN}/blocks?limit=1000`);
  const { body: chains } = await api.get("/api/ledger/chains");
  return { blocks: page.blocks, chains: chains.map(({ name }: { name: string }) => name) };
}
