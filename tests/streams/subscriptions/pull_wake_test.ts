import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { SubscriptionsApi } from "../../support/subscriptions_api.ts";
import { until } from "../../support/until.ts";

/** The wakes in a wake stream, from its beginning. */
async function wakes(streams: StreamsApi, name: string): Promise<number[]> {
  const events: { generation: number }[] = JSON.parse((await streams.get(name)).text);
  return events.map(({ generation }) => generation);
}

const PULL = { type: "pull-wake", wake_stream: "wake", lease_ttl_ms: 60_000 };

Deno.test("workers take turns by leases, and what one leaves is there for the next", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await streams.create("wake");
    await streams.create("e/a");
    await streams.create("e/b");
    await api.create("s", { ...PULL, pattern: "e/*" });
    const idle = await api.post("s", "claim", { worker: "one" });
    assertEquals([idle.status, idle.body.error.code], [409, "NO_PENDING_WORK"]);

    const first = await streams.append("e/a", 1);
    const second = await streams.append("e/a", 2);
    await until("the wake", async () => (await wakes(streams, "wake")).length === 1);
    const { body: one } = await api.post("s", "claim", { worker: "one" });
    assertEquals(
      one.streams.map((
        { path, has_pending }: { path: string; has_pending: boolean },
      ) => [path, has_pending]),
      [["e/a", true], ["e/b", false]],
    );
    const busy = await api.post("s", "claim", { worker: "two" });
    assertEquals(busy.body.error.current_holder, "one");
    const wake = { wake_id: one.wake_id, generation: one.generation };
    const ack = (offset: string, done = false) =>
      api.post("s", "ack", { ...wake, acks: [{ stream: "e/a", offset }], done }, one.token);
    assertEquals((await ack(second)).body, { ok: true, next_wake: false });
    assertEquals((await ack(first)).body.error.code, "INVALID_OFFSET");
    assertEquals((await ack("nonsense")).body.error.code, "INVALID_OFFSET");
    assertEquals(await api.acked("s", "e/a"), second);

    // The first worker is heard of no more; its lease ends, and there is news.
    await streams.append("e/b", 1);
    await until("the next wake", async () => {
      clock.advance(1_000);
      return (await wakes(streams, "wake")).length === 2;
    });
    const stale = await ack(second, true);
    assertEquals([stale.status, stale.body.error.code], [409, "FENCED"]);
    const { body: two } = await api.post("s", "claim", { worker: "two" });
    assertEquals(two.generation, 2);
    const release = { wake_id: two.wake_id, generation: two.generation };
    assertEquals((await api.post("s", "release", release, two.token)).status, 204);
    await until("another", async () => (await wakes(streams, "wake")).length === 3);
    assertEquals(await wakes(streams, "wake"), [1, 2, 3]);
  }, { clock });
});

Deno.test("a wake is written once its wake stream is there", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await api.create("s", { ...PULL, streams: ["later"] });
    await streams.create("later");
    await streams.append("later", 1);
    await until("it was tried", async () =>
      (await streams.get("wake")).status === 404 &&
      (await api.get("s")).streams.length === 1);
    await streams.create("wake");
    await until("the wake", async () => (await wakes(streams, "wake")).length > 0);
    assertEquals(await wakes(streams, "wake"), [1]);
  });
});

Deno.test("an explicit link goes, and one by the pattern stays", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await streams.create("wake");
    await streams.create("e/a");
    const made = await api.create("s", { ...PULL, pattern: "**", streams: ["/e/a/", "not/yet"] });
    const links = ({ streams }: { streams: { path: string; link_type: string }[] }) =>
      streams.map(({ path, link_type }) => `${path} ${link_type}`);
    // A subscription's own wake stream is no news to it.
    assertEquals(links(made), ["e/a explicit", "not/yet explicit"]);
    for (const path of ["e%2Fa", "not/yet", "never"]) {
      assertEquals((await api.send("DELETE", `subscriptions/s/streams/${path}`)).status, 204);
    }
    assertEquals(links(await api.get("s")), ["e/a glob", "not/yet glob"]);
    assertEquals((await api.post("s", "streams", { streams: ["e/a"] })).status, 204);
    assertEquals(links(await api.get("s")), ["e/a explicit", "not/yet glob"]);
  });
});

Deno.test("a stream that begins anew is news from its beginning", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await streams.create("wake");
    await streams.create("e/a");
    for (let n = 0; n < 5; n++) await streams.append("e/a", n);
    await api.create("s", { ...PULL, pattern: "e/*" });
    assertEquals((await streams.send("DELETE", "e/a")).status, 204);
    await streams.create("e/a");
    await streams.append("e/a", "new");
    const { body } = await api.post("s", "claim", { worker: "one" });
    const [told] = body.streams;
    assertEquals((await streams.get(`e/a?offset=${told.acked_offset}`)).text, '["new"]');
    const { wake_id, generation, token } = body;
    const acks = [{ stream: "e/a", offset: told.tail_offset }];
    const done = { wake_id, generation, acks, done: true };
    assertEquals((await api.post("s", "ack", done, token)).body, { ok: true, next_wake: false });
  });
});

Deno.test("a ledger's chain is news to whoever names it", async () => {
  await withServer(async ({ main, api: ledger }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await streams.create("wake");
    await ledger.create("supply");
    await api.create("s", { ...PULL, streams: ["hierachain/supply"] });
    await ledger.append("supply", { entity_id: "e", event_type: "made" });
    await until("the wake", async () => (await wakes(streams, "wake")).length === 1);
    const { body } = await api.post("s", "claim", { worker: "one" });
    const [told] = body.streams;
    const { text } = await streams.get(`hierachain/supply?offset=${told.acked_offset}`);
    assert(text.includes("made"));
  });
});

Deno.test("what is asked for wrongly is refused with a code", async () => {
  await withServer(async ({ main }) => {
    const api = new SubscriptionsApi(main);
    const put = (config: unknown, id = "x") => api.send("PUT", `subscriptions/${id}`, config);
    const wrong = [
      {},
      { ...PULL },
      { ...PULL, pattern: "a//b" },
      { ...PULL, streams: ["__ds/x"] },
      { ...PULL, streams: ["a/../b"] },
      { ...PULL, wake_stream: "", pattern: "*" },
      { ...PULL, pattern: "*", lease_ttl_ms: 999 },
      { ...PULL, pattern: "*", lease_ttl_ms: 600_001 },
      { type: "webhook", pattern: "*" },
      { type: "other", pattern: "*" },
      [],
    ];
    for (const config of wrong) {
      const { status, body } = await put(config);
      assertEquals([status, body.error.code], [400, "INVALID_REQUEST"], JSON.stringify(config));
    }
    assertEquals((await put({ ...PULL, pattern: "*" })).status, 201);
    assertEquals((await put({ ...PULL, pattern: "*" })).status, 200);
    const other = await put({ ...PULL, pattern: "*", description: "other" });
    assertEquals([other.status, other.body.error.code], [409, "SUBSCRIPTION_ALREADY_EXISTS"]);
    assertEquals((await put({ ...PULL, pattern: "*" }, "x".repeat(129))).status, 400);
    assertEquals((await api.send("GET", "subscriptions/none")).status, 404);
    assertEquals((await api.send("DELETE", "subscriptions/none")).status, 204);
    assertEquals((await api.send("GET", "other")).status, 404);
    assertEquals((await api.send("PATCH", "subscriptions/x")).status, 405);
    assertEquals((await api.send("GET", "")).status, 404);
  });
});

Deno.test("nobody but the server writes to a wake stream by its name", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await streams.create("wake");
    await streams.create("e/a");
    await api.create("s", { ...PULL, pattern: "e/*" });
    const socket = await streamSocket(main, "wake");
    for (let life = 0; life < 6; life++) {
      // An epoch that would fence every wake off, and one that would be taken for the first.
      for (const epoch of [1_000_000, 1]) {
        const id = `__ds/subscriptions/s/${life}`;
        const headers = { "producer-id": id, "producer-epoch": `${epoch}`, "producer-seq": "0" };
        const refused = await streams.send("POST", "wake", { headers, body: "1" });
        assertEquals([refused.status, JSON.parse(refused.text).code], [400, "producer_invalid"]);
        socket.send(`${JSON.stringify({ type: "append", producer: { id, epoch, seq: 0 } })}\n1`);
      }
    }
    await until("all are refused", () => socket.of("error").length === 12);
    await streams.append("e/a", 1);
    await until("the wake", async () => (await wakes(streams, "wake")).length === 1);
    await socket.close();
  });
});
