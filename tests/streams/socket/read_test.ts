import { assert, assertEquals, assertMatch } from "@std/assert";
import { SteppedClock } from "../../support/fake_clock.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { caughtUp, dataOf, eventsOf, streamSocket } from "../../support/stream_socket.ts";
import { until } from "../../support/until.ts";

async function withStreams(
  body: (streams: StreamsApi, local: LocalServer) => Promise<void>,
  clock?: SteppedClock,
): Promise<void> {
  await withServer(
    (local) => body(new StreamsApi(local.main), local),
    clock === undefined ? {} : { clock },
  );
}

const upTo = (count: number) => [...Array(count).keys()];

Deno.test("history comes several events to a message, and so do those of a commit that is live", async () => {
  await withStreams(async (streams, { main }) => {
    const start = await streams.create("s");
    for (const first of [0, 10, 20]) await streams.append("s", upTo(10).map((at) => first + at));
    const socket = await streamSocket(main, "s");
    await caughtUp(socket);
    const [hello, history, end] = socket.told;
    assertEquals(hello, {
      type: "start",
      offset: start.replace(/_.*/, "_0000000000000000"),
      content_type: "application/json",
      encoding: "json",
    });
    assertEquals(history.events.length, 30);
    assertEquals(end, { type: "caught_up", offset: history.events.at(-1).offset });
    const next = await streams.append("s", [30, 31, 32]);
    await until("all", () => eventsOf(socket).length === 33);
    assertEquals(socket.told.slice(3).map(({ events }) => events.length), [3]);
    assertEquals(dataOf(socket), upTo(33));
    const last = eventsOf(socket).at(-1);
    assertEquals(last.offset, next);
    assertMatch(last.id, /^[0-9A-Z]{26}$/);
    assertMatch(last.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await socket.close();
  });
});

Deno.test("a read begins at any offset, after any id, at a time, and now", async () => {
  const clock = new SteppedClock();
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    for (const number of upTo(12)) {
      await streams.append("s", number);
      clock.time += 1_000;
    }
    const whole = await streamSocket(main, "s", "?offset=-1");
    await caughtUp(whole);
    const events = eventsOf(whole);
    assertEquals(dataOf(whole), upTo(12));
    for (const [at, event] of events.entries()) {
      const places = [`offset=${event.offset}`, `after=${event.id}`, `after=${lower(event.id)}`];
      const time = encodeURIComponent(events[at + 1]?.time ?? new Date(clock.time).toISOString());
      for (const asked of [...places, `since=${time}`]) {
        const socket = await streamSocket(main, "s", `?${asked}`);
        await caughtUp(socket);
        assertEquals(dataOf(socket), upTo(12).slice(at + 1), asked);
        assertEquals(socket.told[0].offset, event.offset, asked);
        await socket.close();
      }
    }
    const live = await streamSocket(main, "s", "?offset=now");
    await caughtUp(live);
    await streams.append("s", 12);
    await until("the event", () => eventsOf(live).length === 1);
    assertEquals(dataOf(live), [12]);
    await Promise.all([whole.close(), live.close()]);
  }, clock);
});

Deno.test("bytes come as base64, whatever they are", async () => {
  await withStreams(async (streams, { main }) => {
    const headers = { "content-type": "application/octet-stream" };
    await streams.send("PUT", "b", { headers });
    const chunks = [new Uint8Array([0, 255, 128, 10]), new Uint8Array(100_000).fill(7)];
    for (const body of chunks) await streams.send("POST", "b", { headers, body });
    const socket = await streamSocket(main, "b");
    await caughtUp(socket);
    assertEquals(socket.told[0].encoding, "base64");
    const got = dataOf(socket).map((data) => Uint8Array.fromBase64(String(data)));
    assertEquals(got, chunks);
    await socket.close();
  });
});

Deno.test("numbers and spaces inside a message are its writer's own", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    const body = '[1.0, {"b": 12345678901234567890, "a" : "ủ\\u0000"}]';
    await streams.send("POST", "s", { body });
    const socket = await streamSocket(main, "s");
    await caughtUp(socket);
    const text = socket.texts[1] ?? "";
    assert(text.includes('"data":1.0}'), text);
    assert(text.includes('"data":{"b": 12345678901234567890, "a" : "ủ\\u0000"}}'), text);
    await socket.close();
  });
});

Deno.test("with a window no more is sent than it has room for, until that is acknowledged", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    await streams.append("s", upTo(10));
    const socket = await streamSocket(main, "s", "?window=4");
    await until("a window", () => eventsOf(socket).length === 4);
    const ack = (event: { offset: string }) => socket.send({ type: "ack", offset: event.offset });
    // Part of what is out makes room for as much.
    ack(eventsOf(socket)[1]);
    await until("two more", () => eventsOf(socket).length === 6);
    // An acknowledgement that came before again, and one of what was never sent, change nothing.
    ack(eventsOf(socket)[0]);
    socket.send({
      type: "ack",
      offset: eventsOf(socket)[5].offset.replace(/_/, "_").replace("7", "9"),
    });
    const refusal = await until("a refusal", () => socket.of("error")[0]);
    assertEquals(refusal.code, "ack_invalid");
    assertEquals(eventsOf(socket).length, 6);
    ack(eventsOf(socket)[5]);
    await until("the rest", () => eventsOf(socket).length === 10);
    await caughtUp(socket);
    assertEquals(dataOf(socket), upTo(10));
    // What is live is held to it as well.
    for (const number of [10, 11, 12, 13, 14]) await streams.append("s", number);
    ack(eventsOf(socket)[9]);
    await until("a window", () => eventsOf(socket).length === 14);
    ack(eventsOf(socket)[13]);
    await until("the last", () => eventsOf(socket).length === 15);
    assertEquals(dataOf(socket), upTo(15));
    await socket.close();
  });
});

Deno.test("a stream that is closed says so after its last event, and ends the socket", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    await streams.append("s", [0, 1]);
    const live = await streamSocket(main, "s");
    await caughtUp(live);
    const headers = { "stream-closed": "true" };
    await streams.send("POST", "s", { headers, body: "[2]" });
    const late = await streamSocket(main, "s");
    for (const socket of [live, late]) {
      assertEquals(await socket.closed, { code: 1000, reason: "the stream is closed" });
      assertEquals(dataOf(socket), [0, 1, 2]);
      const end = socket.told.at(-1);
      assertEquals(end, { type: "closed", offset: eventsOf(socket).at(-1).offset });
    }
    const again = await streamSocket(main, "s", `?offset=${eventsOf(late)[2].offset}`);
    assertEquals((await again.closed).code, 1000);
    assertEquals(again.told.map(({ type }) => type), ["start", "closed"]);
  });
});

Deno.test("whoever reads a stream that is deleted or expires is told that it is gone", async () => {
  const clock = new SteppedClock();
  await withStreams(async (streams, { main }) => {
    await streams.create("deleted");
    await streams.create("short", { "stream-ttl": "1" });
    const expiresAt = new Date(clock.time + 1_500).toISOString();
    await streams.create("dated", { "stream-expires-at": expiresAt });
    const deleted = await streamSocket(main, "deleted");
    const short = await streamSocket(main, "short");
    const dated = await streamSocket(main, "dated");
    await caughtUp(deleted);
    await streams.send("DELETE", "deleted");
    const gone = { code: 4008, reason: "the stream was deleted" };
    assertEquals(await deleted.closed, gone);
    // A stream that lives by being read lives while somebody reads it.
    for (let step = 0; step < 3; step++) {
      clock.time += 600;
      const before = short.of("position").length;
      await until("a look", () => short.of("position").length > before + 1);
    }
    clock.time += 5_000;
    assertEquals(await short.closed, gone);
    assertEquals(await dated.closed, gone);
  }, clock);
});

Deno.test("a fork gives what it inherits and then its own, from any offset and after any id", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("root");
    await streams.append("root", upTo(5));
    const at = await streams.append("root", [5, 6]);
    await streams.append("root", ["not inherited"]);
    await streams.create("fork", {
      "stream-forked-from": "/v1/stream/root",
      "stream-fork-offset": at,
    });
    await streams.append("fork", [7, 8]);
    await streams.create("twig", { "stream-forked-from": "/v1/stream/fork" });
    await streams.append("twig", [9]);
    await streams.send("DELETE", "root");
    const whole = await streamSocket(main, "twig");
    await caughtUp(whole);
    assertEquals(dataOf(whole), upTo(10));
    const { text } = await streams.get("twig");
    assertEquals(JSON.parse(text), upTo(10));
    for (const [index, event] of eventsOf(whole).entries()) {
      for (const asked of [`?offset=${event.offset}`, `?after=${event.id}`]) {
        const socket = await streamSocket(main, "twig", asked);
        await caughtUp(socket);
        assertEquals(dataOf(socket), upTo(10).slice(index + 1), asked);
        await socket.close();
      }
      // The same offset means the same over HTTP.
      const rest = await streams.get(`twig?offset=${event.offset}`);
      assertEquals(JSON.parse(rest.text), upTo(10).slice(index + 1));
    }
    await streams.append("twig", [10]);
    await until("the live one", () => eventsOf(whole).length === 11);
    await whole.close();
  });
});

Deno.test("a ledger's chain is read with types and keys, and can be chosen from by them", async () => {
  await withStreams(async (_, { main, api }) => {
    await api.create("c");
    await api.fill("c", 30, "A", "made");
    await api.fill("c", 1_100, "B", "sold");
    const { offset, id } = await api.append("c", { entity_id: "last", event_type: "made" });
    const all = await streamSocket(main, "hierachain/c");
    await until("the last", () => eventsOf(all).some((event) => event.id === id));
    const events = eventsOf(all);
    const last = events.find((event) => event.id === id);
    assertEquals([last.type, last.keys], ["event", ["made"]]);
    // The place after an event is one more than its own offset in the chain.
    assertEquals(Number(last.offset.split("_")[0]), offset + 1);
    const made = await streamSocket(main, "hierachain/c", "?type=event&key=made");
    await caughtUp(made);
    const wanted = events.filter(({ type, keys }) => type === "event" && keys.includes("made"));
    assertEquals(eventsOf(made).slice(0, 31), wanted);
    // A filter that passes over much tells how far it is.
    assert(made.of("position").length >= 1);
    const blocks = await streamSocket(main, "hierachain/c", "?type=block&window=2");
    await until("two", () => eventsOf(blocks).length === 2);
    const either = await streamSocket(main, "hierachain/c", "?key=made&key=sold&offset=now");
    await caughtUp(either);
    await api.append("c", { entity_id: "x", event_type: "lost" });
    await api.append("c", { entity_id: "x", event_type: "sold" });
    await until("one", () => eventsOf(either).length === 1);
    assertEquals(eventsOf(either)[0].keys, ["sold"]);
    await Promise.all([all, made, blocks, either].map((socket) => socket.close()));
  });
});

function lower(id: string): string {
  return id.toLowerCase();
}

Deno.test("what readers are not told of takes no room of a window", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    await streams.append("s", 0);
    for (const at of upTo(5)) {
      await streams.create(`f${at}`, { "stream-forked-from": "/v1/stream/s" });
    }
    await streams.append("s", 1);
    const socket = await streamSocket(main, "s", "?offset=-1&window=6");
    await until("both", () => eventsOf(socket).length === 2);
    for (const at of upTo(5)) await streams.append("s", at + 2);
    await until("a window", () => eventsOf(socket).length === 6);
    assertEquals(dataOf(socket), upTo(6));
    socket.send({ type: "ack", offset: eventsOf(socket)[5].offset });
    await until("the last", () => eventsOf(socket).length === 7);
    await socket.close();
  });
});
