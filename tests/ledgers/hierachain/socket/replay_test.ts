import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ClientSocket, type Told } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { until, within } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";

const START = Date.UTC(2026, 0, 1);

/** Messages of the log, with their place in it. */
const placed = (told: readonly Told[]) =>
  told.filter(({ type }) => type === "new_event" || type === "new_block");

Deno.test("a subscription replays from an offset, the earliest event, a ULID or a time", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ native, api }) => {
    await api.create("c");
    clock.advance(10_000);
    await api.blocks("c", 2);
    const marked = await api.append("c", { entity_id: "mark", event_type: "t" });
    clock.advance(10_000);
    await api.blocks("c", 3);
    await api.fill("c", 20);
    const end = marked.offset + 22;
    const starts: [unknown, number][] = [
      ["earliest", 0],
      [0, 0],
      [5, 5],
      ["5", 5],
      [5.0, 5],
      [end, end],
      ["latest", end],
      [marked.id, marked.offset + 1],
      [marked.id.toLowerCase(), marked.offset + 1],
      ["2026-01-01T00:00:10Z", marked.offset - 1],
      ["2026-01-01T00:00:10.001", marked.offset + 1],
      ["2026-01-01", 0],
      ["2030-01-01T00:00:00+02:00", end],
    ];
    for (const [from, first] of starts) {
      const socket = await ClientSocket.open(native);
      socket.send({ action: "subscribe", chain_name: "c", from });
      const [caughtUp] = await socket.count("caught_up", 1);
      assertEquals([from, caughtUp], [from, { type: "caught_up", chain_name: "c", offset: end }]);
      const offsets = placed(socket.told).map(({ offset }) => offset);
      const expected = Array.from({ length: end - first }, (_, at) => first + at);
      assertEquals([from, offsets], [from, expected]);
      await socket.close();
    }
  }, { clock });
});

Deno.test("replayed messages carry offset and id, which look the event up, and others do not", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    const plain = await ClientSocket.open(native);
    await plain.subscribe("c");
    await socket.subscribe("c", { from: "earliest" });
    const { offset, id } = await api.append("c", { entity_id: "E", event_type: "t" });
    const told = await until(
      "the event",
      () => socket.told.find((one) => one.data?.entity_id === "E"),
    );
    assertEquals(Object.keys(told), ["type", "chain_name", "offset", "id", "data"]);
    assertEquals([told.offset, told.id], [offset, id]);
    const { body } = await api.get(`/api/ledger/chains/c/events/${told.id}`);
    assertEquals(body.event.event_id, told.data.event_id);
    const [genesis] = socket.told;
    assertEquals([genesis.type, genesis.offset, genesis.data.height], ["new_block", 0, 0]);
    const [bare] = await plain.count("new_event", 1);
    assertEquals(Object.keys(bare), ["type", "chain_name", "data"]);
    await socket.close();
    await plain.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("the type dialect replays too, in its own shapes, and is acknowledged first", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    await api.fill("c", 60);
    const socket = await ClientSocket.open(native);
    const first = await socket.ask({ type: "subscribe", chain_name: "c", from: "earliest" });
    assertEquals(first.type, "subscribed");
    await socket.count("event", 61);
    const [genesis, block] = await socket.count("block_added", 2);
    assertEquals([genesis.data.index, genesis.data.events.length], [0, 1]);
    assertEquals([block.data.index, block.data.events.length], [1, 51]);
    assertEquals(socket.told.length, 64);
    await socket.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("a position that is none is refused in words, and the socket and its feeds live on", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c");
    const bad = [
      "yesterday",
      "",
      "-1",
      -1,
      1.5,
      1e300,
      true,
      [],
      {},
      "2026-13-45",
      "01ARZ3NDEKTSV4RRFFQ69G5FA",
      99,
    ];
    const frames = bad.map((from) =>
      JSON.stringify({ action: "subscribe", chain_name: "c", from })
    );
    frames.push(
      '{"action":"subscribe","chain_name":"c","from":123456789012345678901234567890}',
      '{"action":"subscribe","chain_name":"c","from":[123456789012345678901234567890]}',
      '{"type":"subscribe","chain_name":"c","from":{"a":123456789012345678901234567890}}',
      '{"action":"subscribe","chain_name":"c","from":NaN}',
    );
    for (const [at, frame] of frames.entries()) {
      socket.send(frame);
      const errors = await socket.count("error", at + 1);
      assert(errors.at(-1).message.length > 0, frame);
    }
    assertStringIncludes(socket.of("error")[0].message, "A position is an offset");
    await api.append("c", { entity_id: "E", event_type: "t" });
    await socket.count("new_event", 1);
    assertEquals(socket.of("error").length, frames.length);
    await socket.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("a filtered replay tells where it is, so that coming back does not begin anew", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    await api.fill("c", 2_500, "E", "common");
    await api.append("c", { entity_id: "R", event_type: "rare" });
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c", { event_type: "rare", from: "earliest" });
    const [caughtUp] = await socket.count("caught_up", 1);
    const [event] = socket.of("new_event");
    assertEquals(event.data.entity_id, "R");
    const positions = socket.of("position");
    // Blocks come to filtered clients as well, so positions are only told of long stretches.
    for (const { chain_name, offset } of positions) {
      assertEquals(chain_name, "c");
      assert(offset <= event.offset);
    }
    assertEquals(caughtUp.offset, event.offset + 1);
    await socket.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("a new from begins the feed anew, with its own filter alone", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    await api.fill("c", 3, "A", "a");
    await api.fill("c", 3, "B", "b");
    const socket = await ClientSocket.open(native);
    await socket.subscribe("c", { event_type: "a", from: "earliest" });
    await socket.count("caught_up", 1);
    await socket.subscribe("c", { event_type: "b", from: "earliest" });
    await socket.count("caught_up", 2);
    const types = socket.of("new_event").map(({ data }) => data.event_type);
    assertEquals(types, ["a", "a", "a", "b", "b", "b"]);
    await api.append("c", { entity_id: "x", event_type: "a" });
    await api.append("c", { entity_id: "y", event_type: "b" });
    await socket.count("new_event", 7);
    assertEquals(socket.of("new_event").at(-1).data.entity_id, "y");
    await socket.close();
  }, { clock: new FakeClock(START) });
});

Deno.test("a client cut off at every single message comes back and misses nothing, and nothing comes twice", async () => {
  await withServer(async ({ native, api }) => {
    await api.create("c");
    await api.fill("c", 100);
    const writing = (async () => {
      for (let at = 0; at < 100; at++) {
        await api.append("c", { entity_id: `L-${at}`, event_type: "made" });
      }
    })();
    const seen: Told[] = [];
    const isDone = () => seen.filter(({ type }) => type === "new_event").length === 201;
    while (!isDone()) {
      const from = seen.length === 0 ? "earliest" : seen.at(-1).offset + 1;
      const one = Promise.withResolvers<Told>();
      const client = await WsClient.open(native, (text) => {
        const told = JSON.parse(text);
        if (told.type !== "caught_up") one.resolve(told);
      });
      client.send({ action: "subscribe", chain_name: "c", from });
      seen.push(await within(`the message at ${from}`, one.promise));
      await client.cut();
    }
    await writing;
    assertEquals(seen.map(({ offset }) => offset), [...seen.keys()]);
    assertEquals(new Set(seen.map(({ id }) => id)).size, seen.length);
    const entities = seen.flatMap(({ type, data }) => type === "new_event" ? [data.entity_id] : []);
    const expected = ["E", "L"].flatMap((prefix) =>
      Array.from({ length: 100 }, (_, at) => `${prefix}-${at}`)
    );
    assertEquals(entities, ["c", ...expected]);
  });
});
