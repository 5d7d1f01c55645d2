import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import { allEvents, allSocket, askAll, byChain, readAll } from "../../support/all_chains.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { eventsIn } from "../../support/sse_reader.ts";
import { eventsOf, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until } from "../../support/until.ts";

const STREAMS = "chain=streams/**";

function withStreams(
  body: (local: LocalServer, api: StreamsApi) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  return withServer((local) => body(local, new StreamsApi(local.main)), { clock });
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

Deno.test("many writers of many chains: each chain's events come in its order, history and live alike, each once", async () => {
  await withStreams(async ({ main }, api) => {
    const names = ["a", "b", "deep/c", "deep/deeper/d"];
    for (const name of names) await api.create(name);
    const write = (from: number, to: number) =>
      Promise.all(names.map(async (name) => {
        for (let n = from; n < to; n += 2) await api.append(name, [n, n + 1]);
      }));
    await write(0, 40);
    const early = await allSocket(main, STREAMS);
    const writing = write(40, 200);
    const late = await allSocket(main, STREAMS);
    await writing;
    const whole = names.length * 200;
    for (const socket of [early, late]) {
      await until("all of it", () => allEvents(socket.told).length >= whole);
      const told = byChain(allEvents(socket.told));
      for (const name of names) assertEquals(told.get(`streams/${name}`), upTo(200));
      assertEquals(allEvents(socket.told).length, whole);
    }
    assertEquals(allEvents(early.told), allEvents(late.told), "the order is the same for all");
    const { events } = await readAll(main, STREAMS);
    assertEquals(events, allEvents(early.told), "and by every way");
    const offsets = events.map(({ offset }) => offset);
    assertEquals(offsets, offsets.toSorted(), "offsets sort as text");
    assertEquals(new Set(offsets).size, whole);
    await Promise.all([early.close(), late.close()]);
  });
});

Deno.test("an event is told as its chain alone tells it, with its chain and the place there", async () => {
  await withStreams(async ({ main, api: hierachain }, api) => {
    await hierachain.create("c");
    await hierachain.append("c", { entity_id: "E", event_type: "made" });
    await api.create("s");
    await api.append("s", '{"n":1.00}');
    for (const [chain, name] of [["hierachain/c", "hierachain/c"], ["streams/s", "s"]] as const) {
      const { events } = await readAll(main, `chain=${chain}`);
      const alone = await streamSocket(main, name);
      await alone.count("caught_up", 1);
      const own = eventsOf(alone);
      assert(own.length > 0);
      assertEquals(
        events.map(({ chain: _, offset: __, chain_offset: offset, ...rest }) => ({
          offset,
          ...rest,
        })),
        own,
      );
      assert(events.every((event) => event.chain === chain));
      await alone.close();
    }
    // No block comes by itself: this clock stands still.
  }, new FakeClock());
});

Deno.test("new chains are told of as they are made, and those that no pattern names never", async () => {
  await withStreams(async ({ main }, api) => {
    await api.create("orders/1");
    await api.append("orders/1", 1);
    const query = "chain=streams/orders/*&chain=streams/x/**/z";
    const socket = await allSocket(main, query);
    await socket.count("caught_up", 1);
    for (const name of ["orders/2", "orders/2/deep", "x/z", "x/y/z", "other"]) {
      await api.create(name);
      await api.append(name, name);
    }
    await until("three of them", () => allEvents(socket.told).length >= 4);
    assertEquals(allEvents(socket.told).map(({ data }) => data), [1, "orders/2", "x/z", "x/y/z"]);
    const { events } = await readAll(main, query);
    assertEquals(events, allEvents(socket.told));
    await socket.close();
  });
});

Deno.test("a stream that is closed, deleted and made again is told to be so, and what was deleted is not told any more", async () => {
  await withStreams(async ({ main }, api) => {
    await api.create("s");
    const socket = await allSocket(main, STREAMS);
    await socket.count("caught_up", 1);
    const steps = [
      () => api.append("s", "old"),
      () => api.send("POST", "s", { headers: { "stream-closed": "true" } }),
      () => api.send("DELETE", "s"),
      async () => {
        await api.create("s");
        await api.append("s", "new");
      },
    ];
    for (const [at, step] of steps.entries()) {
      await step();
      await until("that it is told", () => allEvents(socket.told).length > at);
    }
    assertEquals(byChain(allEvents(socket.told)).get("streams/s"), [
      "old",
      "closed",
      "deleted",
      "new",
    ]);
    const { events } = await readAll(main, STREAMS);
    assertEquals(byChain(events).get("streams/s"), ["deleted", "new"]);
    // The place that is told is one of the stream that there is now.
    const last = events.at(-1);
    const after = await api.get(`s?offset=${last?.chain_offset}`);
    assertEquals([after.status, after.text], [200, "[]"]);
    await socket.close();
  });
});

Deno.test("bytes come in base64, and say so", async () => {
  await withStreams(async ({ main }, api) => {
    const headers = { "content-type": "application/octet-stream" };
    await api.send("PUT", "raw", { headers });
    await api.send("POST", "raw", { headers, body: new Uint8Array([0, 255, 10]) });
    const { text } = await askAll(main, STREAMS);
    const [event] = JSON.parse(text);
    assertEquals([event.encoding, event.data], ["base64", "AP8K"]);
    const cloud = JSON.parse((await askAll(main, `${STREAMS}&format=cloudevents`)).text);
    assertEquals([cloud[0].data_base64, cloud[0].source], ["AP8K", "/v1/stream/raw"]);
    assertEquals(cloud[0].datacontenttype, "application/octet-stream");
  });
});

Deno.test("types and keys choose among the events of ledgers, and a place comes where many are passed over", async () => {
  await withStreams(async ({ main, api: hierachain }, api) => {
    await hierachain.create("c");
    await api.create("s");
    await api.append("s", upTo(3_000));
    await hierachain.append("c", { entity_id: "E", event_type: "made" });
    await hierachain.append("c", { entity_id: "F", event_type: "sold" });
    const { events } = await readAll(main, "type=event&key=made");
    assertEquals(events.map(({ chain, data }) => [chain, data.entity_id]), [["hierachain/c", "E"]]);
    const socket = await allSocket(main, "type=none&window=5");
    await socket.count("caught_up", 1);
    assert(socket.of("position").length > 0);
    assertEquals(allEvents(socket.told), []);
    const live = await allSocket(main, "type=event&key=made");
    await live.count("caught_up", 1);
    const before = live.of("caught_up").length;
    for (let n = 0; n < 5; n++) await api.append("s", n);
    await hierachain.append("c", { entity_id: "G", event_type: "made" });
    await until("the one that is wanted", () => allEvents(live.told).length === 2);
    assertEquals(live.of("caught_up").length, before, "what is passed over is no news");
    await Promise.all([socket.close(), live.close()]);
  });
});

Deno.test("a long poll waits for any chain, and comes back to the same place where nothing comes", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const { next } = await readAll(main, STREAMS);
    const polling = askAll(main, `${STREAMS}&offset=${next}&live=long-poll`);
    await api.append("s", 1);
    const told = await polling;
    assertEquals(JSON.parse(told.text).map(({ data }: { data: unknown }) => data), [1]);
    const end = told.headers.get("stream-next-offset");
    const asked = askAll(main, `${STREAMS}&offset=${end}&live=long-poll`, { status: 204 });
    let isOver = false;
    void asked.finally(() => isOver = true);
    await until("its time is over", () => {
      clock.advance(1_000);
      return isOver;
    });
    const none = await asked;
    assertEquals(none.headers.get("stream-next-offset"), end);
    assertEquals(none.headers.get("stream-up-to-date"), "true");
  }, { clock });
});

Deno.test("an event stream tells all chains, and goes on where its reader's last id says", async () => {
  await withStreams(async ({ main }, api) => {
    await api.create("s");
    await api.append("s", [1, 2]);
    const read = async (headers: Record<string, string>, format = "envelope") => {
      const left = new AbortController();
      const response = await fetch(
        `${main}/v1/all?${STREAMS}&live=sse&offset=-1&format=${format}`,
        {
          headers,
          signal: left.signal,
        },
      );
      let text = "";
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      while (!text.includes('"upToDate":true')) text += (await reader?.read())?.value ?? "";
      left.abort();
      const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? "");
      return { events: eventsIn(new TextEncoder().encode(text)), ids, text };
    };
    const first = await read({});
    assert(first.text.startsWith("retry: "));
    assertEquals(first.events.map(({ name }) => name), ["data", "control"]);
    const [data] = first.events;
    const told = JSON.parse(data?.data ?? "");
    assertEquals(told.map(({ data }: { data: unknown }) => data), [1, 2]);
    const back = await read({ "last-event-id": told[0].offset });
    assertEquals(JSON.parse(back.events[0]?.data ?? "").map(({ data }: { data: number }) => data), [
      2,
    ]);
    const cloud = await read({}, "cloudevents");
    assertEquals(cloud.events.map(({ name }) => name), ["data", "data", "control"]);
    const [one] = cloud.ids;
    assertEquals(one, told[0].offset, "each event has the id to come back with");
  });
});

Deno.test("a time begins with the first events at or after it, also after coming back", async () => {
  await withStreams(async ({ main }, api) => {
    await api.create("a");
    await api.create("b");
    await api.append("a", "old");
    const { events: [old] } = await readAll(main, STREAMS);
    assertNotEquals(old, undefined);
    await until("a later millisecond", () => new Date() > new Date(Object(old).time));
    await api.append("b", "new");
    const { events } = await readAll(main, "chain=streams/b");
    const since = encodeURIComponent(Object(events[0]).time);
    const first = await askAll(main, `${STREAMS}&since=${since}`);
    const told = JSON.parse(first.text);
    assertEquals(told.map(({ data }: { data: unknown }) => data), ["new"]);
    await api.append("a", "newer");
    const more = await readAll(main, STREAMS, told[0].offset);
    assertEquals(more.events.map(({ data }) => data), ["newer"]);
  });
});

Deno.test("what is asked wrongly is refused with a code, before there is a socket as well", async () => {
  await withStreams(async ({ main }, api) => {
    await api.create("s");
    const { next } = await readAll(main, STREAMS);
    const other = next.replace(/_.*/, "_0123456789abcdef");
    const cases = [
      ["chain=a//b", 400, "pattern_invalid"],
      [`chain=${"*".repeat(17)}`, 400, "pattern_invalid"],
      [upTo(65).map((n) => `chain=${n}`).join("&"), 400, "pattern_invalid"],
      [upTo(9).map((n) => `chain=${"a".repeat(128)}*${n}`).join("&"), 400, "pattern_invalid"],
      ["offset=x", 400, "offset_invalid"],
      ["offset=", 400, "offset_invalid"],
      ["offset=-1&offset=-1", 400, "offset_invalid"],
      ["offset=-1&since=2020-01-01", 400, "offset_invalid"],
      [`offset=${next.replace(/^\d/, "9")}`, 400, "offset_invalid"],
      [`offset=${other}`, 410, "offset_gone"],
      ["since=2999-01-01", 400, "position_invalid"],
      ["since=yesterday", 400, "position_invalid"],
      ["after=01M80TV52Y5ANN833N8GH6F553", 400, "position_invalid"],
      ["type=", 400, "filter_invalid"],
      ["window=0", 400, "window_invalid"],
      ["format=xml", 400, "format_invalid"],
      ["live=never", 400, "live_invalid"],
      ["live=ws&format=cloudevents", 400, "format_invalid"],
      ["live=ws&chain=a//b", 400, "pattern_invalid"],
      ["live=ws", 426, "upgrade_required"],
    ] as const;
    for (const [query, status, code] of cases) {
      const { text } = await askAll(main, query, { status });
      assertEquals([query, JSON.parse(text).code], [query, code]);
    }
    const posted = await fetch(`${main}/v1/all`, { method: "POST", body: "[]" });
    assertEquals([posted.status, posted.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
    await posted.body?.cancel();
    const head = await fetch(`${main}/v1/all`, { method: "HEAD" });
    assertEquals(head.headers.get("stream-next-offset"), next);
  });
});
