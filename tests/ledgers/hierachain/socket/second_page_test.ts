import { assertEquals } from "@std/assert";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";

const START = Date.UTC(2026, 10, 28);

Deno.test("a chain in the path is heard of in the form of the second page, and may be filtered", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ api, native }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native, "/ws/c");
    assertEquals((await socket.next()).type, "connected");
    // Without a word everything comes.
    socket.send({ action: "ping" });
    assertEquals((await socket.next()).type, "pong");
    const { eventId: _, ...place } = await api.append("c", { entity_id: "E", event_type: "one" });
    const told = await socket.next();
    const { entity_id, event, details } = told.data;
    assertEquals([told.type, told.chain, told.event_type, entity_id, event, details], [
      "event",
      "c",
      "one",
      "E",
      "one",
      {},
    ]);
    assertEquals({ offset: told.offset, id: told.id }, place);
    // What is wanted now is all that comes from here on.
    socket.send({ action: "subscribe", event_types: ["two", "three"] });
    socket.send({ action: "ping" });
    assertEquals((await socket.next()).type, "pong");
    for (const event_type of ["one", "two", "one", "three"]) {
      await api.append("c", { entity_id: "E", event_type });
    }
    assertEquals((await socket.next()).event_type, "two");
    assertEquals((await socket.next()).event_type, "three");
    clock.advance(1_100);
    const { type, chain, data } = await socket.next();
    const block = (await api.get("/api/ledger/chains/c/blocks/1")).body;
    assertEquals([type, chain, data.index, data.hash, data.previous_hash, data.event_count], [
      "block_added",
      "c",
      1,
      block.hash,
      block.previous_hash,
      block.events_count,
    ]);
    // A second filter adds to the first.
    socket.send({ action: "subscribe", event_types: ["one"] });
    socket.send({ action: "ping" });
    assertEquals((await socket.next()).type, "pong");
    for (const event_type of ["two", "one"]) await api.append("c", { entity_id: "E", event_type });
    assertEquals((await socket.next()).event_type, "two");
    assertEquals((await socket.next()).event_type, "one");
    socket.send({ action: "unsubscribe" });
    socket.send({ action: "ping" });
    assertEquals((await socket.next()).type, "pong");
    await api.append("c", { entity_id: "E", event_type: "two" });
    socket.send({ action: "ping" });
    assertEquals((await socket.next()).type, "pong");
    socket.close();
  }, { clock });
});

Deno.test("the messages with type know the chain in the path as well", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native, "/ws/c");
    await socket.next();
    socket.send({ type: "subscribe", event_types: ["two"] });
    assertEquals(await socket.next(), {
      type: "subscribed",
      chain_name: "c",
      event_types: ["two"],
    });
    for (const event_type of ["one", "two"]) await api.append("c", { entity_id: "E", event_type });
    const { chain, event_type } = await socket.next();
    assertEquals([chain, event_type], ["c", "two"]);
    socket.close();
  }, { clock: new FakeClock(START) });
});
