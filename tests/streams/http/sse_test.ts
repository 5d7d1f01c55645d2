import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { nodeEdgeTest } from "../../support/missing.ts";
import { eventsIn } from "../../support/sse_reader.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until, within } from "../../support/until.ts";

Deno.test("an event stream ends after a minute, and its last offset goes on from there", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    await api.append("s", [1, 2]);
    const response = await fetch(api.url("s?offset=-1&live=sse"));
    const text = within("the event stream ends", response.text());
    // It has begun its minute, whenever that was.
    const isOver = text.then(() => true);
    await until("the minute is over", () => {
      clock.advance(10_000);
      return Promise.race([isOver, new Promise<false>((resolve) => setTimeout(resolve, 5, false))]);
    });
    const events = eventsIn(new TextEncoder().encode(await text));
    assertEquals(events.map(({ name }) => name), ["data", "control"]);
    assertEquals(JSON.parse(events[0]?.data ?? ""), [1, 2]);
    const control = JSON.parse(events[1]?.data ?? "");
    assertEquals(control.upToDate, true);
    await api.append("s", 3);
    assertEquals((await api.get(`s?offset=${control.streamNextOffset}`)).text, "[3]");
  }, { clock });
});

Deno.test("many event streams of one stream all hear the same, whenever they came", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const texts: Promise<string>[] = [];
    for (let n = 0; n < 30; n++) {
      const response = await fetch(api.url("s?offset=-1&live=sse"));
      texts.push(within("the event stream ends", response.text()));
      await api.append("s", n);
    }
    await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    const expected = Array.from({ length: 30 }, (_, n) => n);
    for (const text of await Promise.all(texts)) {
      const events = eventsIn(new TextEncoder().encode(text));
      const data = events.filter(({ name }) => name === "data");
      assertEquals(data.flatMap(({ data }) => JSON.parse(data)), expected);
      assert(JSON.parse(events.at(-1)?.data ?? "").streamClosed);
    }
    // None has its minute over: this clock stands still.
  }, { clock: new FakeClock() });
});

Deno.test("a client that goes takes nothing from the others", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const leaving = new AbortController();
    const left = await fetch(api.url("s?offset=now&live=sse"), { signal: leaving.signal });
    const stays = await fetch(api.url("s?offset=now&live=sse"));
    const text = within("the event stream ends", stays.text());
    leaving.abort();
    await left.body?.cancel().catch(() => {});
    await api.append("s", 1);
    await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    const [, data] = eventsIn(new TextEncoder().encode(await text));
    assertEquals(data, { name: "data", data: "[1]" });
  });
});

const UNREAD =
  "an event stream that nobody reads is cut off after its minute, and its place is free";
nodeEdgeTest(UNREAD, "cut an answer that nobody takes", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.send("PUT", "s", { headers: { "content-type": "text/plain" } });
    const body = "x".repeat(690_000);
    for (let n = 0; n < 20; n++) {
      await api.send("POST", "s", { headers: { "content-type": "text/plain" }, body });
    }
    const { hostname, port, host } = new URL(main);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const asked = `GET /v1/stream/s?offset=-1&live=sse HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(asked));
    const statusOf = async () => {
      const response = await fetch(api.url("s?offset=now&live=sse"));
      await response.body?.cancel();
      return response.status;
    };
    const head = new Uint8Array(12);
    await connection.read(head);
    assertEquals(new TextDecoder().decode(head), "HTTP/1.1 200");
    assertEquals(await statusOf(), 503);
    await until("it is cut off", async () => {
      clock.advance(10_000);
      return await statusOf() === 200;
    });
    connection.close();
  }, { clock, flags: ["--max-connections=1"] });
});
