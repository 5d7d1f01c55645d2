import { assertEquals } from "@std/assert";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { appendText, caughtUp, dataOf, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until } from "../../support/until.ts";
import { WsClient } from "../../support/ws_client.ts";

async function withStreams(
  body: (streams: StreamsApi, local: LocalServer) => Promise<void>,
): Promise<void> {
  await withServer((local) => body(new StreamsApi(local.main), local));
}

const APPENDS = "?offset=none";

Deno.test("an append is answered with its end once it is durable, and read by everybody", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    const reader = await streamSocket(main, "s");
    const socket = await streamSocket(main, "s", APPENDS);
    assertEquals((await socket.next()).type, "start");
    const first = await socket.ask(appendText({ ref: "a" }, '[1.0, {"n" : 2}]'));
    const { headers, text } = await streams.get("s");
    assertEquals(text, '[1.0,{"n" : 2}]');
    const offset = headers.get("stream-next-offset");
    assertEquals(first, { type: "appended", ref: "a", offset, repeat: false });
    // A single value is a message, and an array of arrays is as many.
    await socket.ask(appendText({}, "3"));
    await socket.ask(appendText({}, "[[4,5]]"));
    await until("all", () => dataOf(reader).length === 4);
    assertEquals(dataOf(reader), [1, { n: 2 }, 3, [4, 5]]);
    assertEquals(socket.of("events"), []);
    await Promise.all([reader.close(), socket.close()]);
  });
});

Deno.test("an append that is sent again is written once, and told from a new one", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    const socket = await streamSocket(main, "s", APPENDS);
    await socket.next();
    const send = (epoch: number, seq: number) =>
      socket.ask(appendText({ ref: seq, producer: { id: "p", epoch, seq } }, `[${seq}]`));
    assertEquals((await send(0, 0)).repeat, false);
    assertEquals((await send(0, 1)).repeat, false);
    assertEquals((await send(0, 0)).repeat, true);
    const gap = await send(0, 3);
    assertEquals([gap.type, gap.status, gap.code, gap.expected, gap.ref], [
      ...["refused", 409, "producer_gap", 2, 3],
    ]);
    assertEquals((await send(1, 0)).repeat, false);
    const fenced = await send(0, 2);
    assertEquals([fenced.status, fenced.code, fenced.epoch], [403, "producer_fenced", 1]);
    assertEquals((await streams.get("s")).text, "[0,1,0]");
    await socket.close();
  });
});

Deno.test("bytes are appended as they are", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.send("PUT", "b", { headers: { "content-type": "image/x" } });
    const socket = await streamSocket(main, "b", "?offset=-1");
    await caughtUp(socket);
    const head = new TextEncoder().encode(appendText({ ref: 1 }, ""));
    socket.send(new Uint8Array([...head, 10, 0, 255]));
    await until("it is in, and read", () => (
      socket.of("appended").length === 1 && dataOf(socket).length === 1
    ));
    assertEquals(dataOf(socket), [btoa(String.fromCharCode(10, 0, 255))]);
    await socket.close();
  });
});

Deno.test("what cannot be appended is refused with the code that HTTP has for it", async () => {
  await withStreams(async (streams, { main, api }) => {
    await streams.create("s");
    const socket = await streamSocket(main, "s", APPENDS);
    await socket.next();
    const refused = async (text: string) => {
      const { type, status, code } = await socket.ask(text);
      assertEquals(type, "refused");
      return [status, code];
    };
    assertEquals(await refused(appendText({}, "[1,")), [400, "json_invalid"]);
    assertEquals(await refused(appendText({}, "[]")), [400, "empty"]);
    assertEquals(await refused(appendText({})), [400, "empty"]);
    assertEquals((await socket.ask(appendText({ seq: "b" }, "1"))).type, "appended");
    assertEquals(await refused(appendText({ seq: "a" }, "1")), [409, "seq_regression"]);
    assertEquals((await socket.ask(appendText({ close: true }))).type, "appended");
    assertEquals(await refused(appendText({}, "1")), [409, "stream_closed"]);
    await streams.send("DELETE", "s");
    assertEquals(await refused(appendText({}, "1")), [404, "not_found"]);
    // Another stream of the same name is not what this socket was opened for.
    await streams.create("s");
    assertEquals(await refused(appendText({}, "1")), [404, "not_found"]);
    await socket.close();
    await api.create("c");
    const ledger = await streamSocket(main, "hierachain/c", APPENDS);
    await ledger.next();
    assertEquals((await ledger.ask(appendText({}, "1"))).code, "read_only");
    await ledger.close();
  });
});

Deno.test("whoever closes a stream that it reads hears that this is done before the end", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    const socket = await streamSocket(main, "s");
    await caughtUp(socket);
    socket.send(appendText({ close: true }, "[1]"));
    assertEquals((await socket.closed).code, 1000);
    const types = socket.told.map(({ type }) => type);
    assertEquals(types.toSorted(), ["appended", "caught_up", "closed", "events", "start"]);
    assertEquals(dataOf(socket), [1]);
  });
});

Deno.test("a message that is none is told of, and the socket goes on", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    const socket = await streamSocket(main, "s", APPENDS);
    await socket.next();
    const wrong = ["", "{", "[]", '{"type":"append","producer":{"id":"p"}}', '{"type":"dance"}'];
    for (const text of wrong) assertEquals((await socket.ask(text)).code, "message_invalid", text);
    assertEquals((await socket.ask({ type: "ack", offset: "x" })).code, "offset_invalid");
    socket.send(new Uint8Array([255, 10, 1]));
    assertEquals((await socket.next()).code, "message_invalid");
    assertEquals((await socket.ask(appendText({}, "1"))).type, "appended");
    await socket.close();
  });
});

Deno.test("a client that sends too much, or too large, is let go and harms nobody", async () => {
  await withStreams(async (streams, { main }) => {
    await streams.create("s");
    const reader = await streamSocket(main, "s");
    const path = "/v1/stream/s?window=1";
    const flood = await WsClient.open(main, () => {}, {}, path);
    for (let count = 0; count < 20_000; count++) flood.send({ type: "ack", offset: "x" });
    await flood.closed;
    const large = await streamSocket(main, "s", APPENDS);
    large.send(appendText({}, `"${"x".repeat(70_000)}"`));
    assertEquals((await large.closed).code, 1009);
    await streams.append("s", 1);
    await until("the event", () => dataOf(reader).length === 1);
    await reader.close();
  });
});
