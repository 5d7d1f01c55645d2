import { Ajv2020 } from "ajv";
import formats from "ajv-formats";
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../src/kernel/clock.ts";
import { openStore } from "../../../src/kv/open.ts";
import { segmentKey } from "../../../src/log/keys.ts";
import { ORDER_CHAIN } from "../../../src/streams/chain/names.ts";
import { OVER_MS } from "../../../src/streams/chain/room.ts";
import { byChain, readAll } from "../../support/all_chains.ts";
import { runWell } from "../../support/command_line.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { withFolder, withProcess } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until } from "../../support/until.ts";

const STREAMS = "chain=streams/**";

Deno.test("a chain that is damaged is told to be, and all others go on", async () => {
  await withFolder(async (folder) => {
    const place = `${folder}/ledger.db`;
    await withProcess([`--store=${place}`], async (server) => {
      const api = new StreamsApi(server.origin("main"));
      for (const name of ["bad", "good"]) {
        await api.create(name);
        for (let n = 0; n < 4; n++) await api.append(name, n);
      }
      await server.stop();
    });
    const store = await openStore(place, systemClock);
    await store.commit({ checks: [], sets: [], deletes: [segmentKey("streams/bad", 3)] });
    store.close();
    await withProcess([`--store=${place}`], async (server) => {
      const { events } = await readAll(server.origin("main"), STREAMS);
      const told = byChain(events);
      assertEquals(told.get("streams/good"), [0, 1, 2, 3]);
      assertEquals(told.get("streams/bad"), [0, 1, "damaged"]);
      const api = new StreamsApi(server.origin("main"));
      await api.append("good", 4);
      const more = await readAll(server.origin("main"), STREAMS, events.at(-1)?.offset);
      assertEquals(byChain(more.events).get("streams/good"), [4]);
    });
  });
});

Deno.test("a fork is told from where it left its source, and what is told is as the schema says", async () => {
  await withServer(async ({ main, api: hierachain }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    await api.append("s", ["both", "both"]);
    const headers = { "stream-forked-from": "/v1/stream/s" };
    assertEquals((await api.send("PUT", "fork", { headers })).status, 201);
    await api.append("fork", "own");
    await api.send("DELETE", "s");
    await hierachain.create("c");
    await hierachain.append("c", { entity_id: "E", event_type: "made" });
    const bytes = { "content-type": "text/plain" };
    await api.send("PUT", "text", { headers: bytes, body: "t" });
    const { events } = await readAll(main);
    const told = byChain(events);
    assertEquals(told.get("streams/fork"), ["own"]);
    assertEquals(told.get("streams/s"), ["deleted"]);
    const own = events.find(({ chain }) => chain === "streams/fork");
    const after = await api.get(`fork?offset=${own?.chain_offset}`);
    assertEquals([after.status, after.text], [200, "[]"], "its place in the fork");

    const ajv = new Ajv2020({ strict: true });
    formats.default(ajv);
    const schema = await (await fetch(`${main}/v1/schemas/envelope-of-all`)).json();
    const validate = ajv.compile(schema);
    for (const event of events) assert(validate(event), ajv.errorsText(validate.errors));
    assert(!validate({ data: 1 }));
  });
});

Deno.test("a stream whose room was given back begins anew under its name, and the order stays", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["s", "other"]) await api.create(name);
    await api.append("s", [1, 2, 3]);
    await api.append("other", 1);
    const { events: before, next } = await readAll(main, STREAMS);
    assertEquals(before.length, 4);
    await api.send("DELETE", "s");
    assertEquals(byChain((await readAll(main, STREAMS, next)).events).get("streams/s"), [
      "deleted",
    ]);
    clock.advance(OVER_MS + 1);
    await until("its room is given back", async () => {
      const chains = await (await fetch(`${main}/v1/chains?prefix=streams/`)).text();
      return !chains.includes('"streams/s"');
    });
    await api.create("s");
    await api.append("s", "new");
    const { events } = await readAll(main, STREAMS, next);
    assertEquals(byChain(events).get("streams/s")?.slice(-2), ["new_life", "new"]);
    assertEquals(
      await (await fetch(`${main}/v1/chains?prefix=${ORDER_CHAIN}`)).text() !== "",
      true,
    );
    const [last] = events.slice(-1);
    assertEquals((await api.get(`s?offset=${last?.chain_offset}`)).text, "[]");
    assertEquals(byChain((await readAll(main, STREAMS)).events).get("streams/other"), [1]);
  }, { clock });
});

Deno.test("the order is no chain of an export, as it is made of the others", async () => {
  await withProcess(["--store=:memory:"], async (server) => {
    const main = server.origin("main");
    const api = new StreamsApi(main);
    await api.create("s");
    await readAll(main);
    const chains = await runWell(["chains", "--json"], { env: { LEDGER_URL: main } });
    assert(chains.includes(ORDER_CHAIN));
    const exported = await runWell(["export"], { env: { LEDGER_URL: main } });
    assert(!exported.includes(ORDER_CHAIN) && exported.includes("streams/s"));
  });
});
