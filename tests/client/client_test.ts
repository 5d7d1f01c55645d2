import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  type Appended,
  StreamClient,
  StreamError,
  type StreamEvent,
} from "../../src/client/mod.ts";
import { Backoff, isWorthReturning } from "../../src/client/retry.ts";
import { CLOSE } from "../../src/sockets/close_codes.ts";
import { withServer } from "../support/in_process.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

type Numbered = { readonly n: number };

const upTo = (count: number) => [...Array(count).keys()];
const numbered = (count: number, first = 0) => upTo(count).map((at) => ({ n: first + at }));

/** A server with a stream of JSON, and a client of it. */
async function withClient(
  body: (client: StreamClient<Numbered>, streams: StreamsApi) => Promise<void>,
): Promise<void> {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await streams.create("s");
    await using client = new StreamClient<Numbered>(streams.url("s"), { firstWaitMs: 5 });
    await body(client, streams);
  });
}

async function all<T>(events: AsyncIterable<StreamEvent<T>>): Promise<T[]> {
  const found: T[] = [];
  for await (const { data } of events) found.push(data);
  return found;
}

/** Takes events until there are `count`. */
async function take<T>(events: AsyncIterable<StreamEvent<T>>, count: number): Promise<T[]> {
  const found: T[] = [];
  for await (const { data } of events) if (found.push(data) === count) break;
  return found;
}

Deno.test("what is appended at once goes together, in order and once", async () => {
  await withClient(async (client, streams) => {
    const ends = await Promise.all(numbered(3_000).map((value) => client.append(value)));
    assertEquals(await all(client.read()), numbered(3_000));
    const offsets = ends.map(({ offset }: Appended) => offset);
    // Many have one end in common, and it is the end of the last of them.
    assertLess(new Set(offsets).size, 100);
    assertEquals(offsets.at(-1), (await streams.send("HEAD", "s")).next);
  });
});

Deno.test("a client reads what there is and ends, and follows what comes until the stream is closed", async () => {
  await withClient(async (client) => {
    await client.appendAll(numbered(5));
    const read = client.read();
    assertEquals(await all(read), numbered(5));
    assertEquals(read.isClosed, false);
    const told: string[] = [];
    const feed = client.follow({
      offset: read.offset,
      onCaughtUp: (offset) => {
        told.push(offset);
        // A reader that has lagged is told again.
        if (told.length === 1) void client.append({ n: 5 }).then(() => client.end());
      },
    });
    assertEquals(await all(feed), numbered(1, 5));
    assertEquals([feed.isClosed, told[0]], [true, read.offset]);
    const { code, status } = await assertRejects(() => client.append({ n: 6 }), StreamError);
    assertEquals([code, status], ["stream_closed", 409]);
  });
});

Deno.test("a reader begins after an id or at a time, and stops where its caller does", async () => {
  await withClient(async (client) => {
    await client.appendAll(numbered(10));
    const events: StreamEvent<Numbered>[] = [];
    for await (const event of client.read()) events.push(event);
    const { id, time } = events[3] ?? { id: "", time: "" };
    assertEquals(await all(client.read({ after: id })), numbered(6, 4));
    assertEquals(await all(client.read({ since: new Date(time) })), numbered(10));
    assertEquals(await take(client.follow({ window: 1 }), 4), numbered(4));
  });
});

Deno.test("a reader that is slow holds no more than its window", async () => {
  await withClient(async (client, streams) => {
    await client.appendAll(numbered(1_000));
    let most = 0;
    class Watched extends WebSocket {
      override set onmessage(listener: ((event: MessageEvent) => void) | null) {
        super.onmessage = (event) => {
          const { events = [] } = JSON.parse(event.data);
          received += events.length;
          most = Math.max(most, received - taken);
          listener?.call(this, event);
        };
      }
    }
    let received = 0;
    let taken = 0;
    const reader = new StreamClient<Numbered>(streams.url("s"), { WebSocket: Watched });
    for await (const { data } of reader.read({ window: 20 })) {
      assertEquals(data.n, taken);
      if (++taken % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals([taken, received], [1_000, 1_000]);
    assert(most <= 21, `${most} events waited`);
    await reader.close();
  });
});

Deno.test("a reader whose connection is cut after every message misses nothing and repeats nothing", async () => {
  await withClient(async (client, streams) => {
    await client.appendAll(numbered(500));
    let cuts = 0;
    class Cutting extends WebSocket {
      override set onmessage(listener: ((event: MessageEvent) => void) | null) {
        super.onmessage = (event) => {
          listener?.call(this, event);
          if (!String(event.data).includes('"events"')) return;
          cuts++;
          this.close();
        };
      }
    }
    const options = { WebSocket: Cutting, firstWaitMs: 1 };
    await using reader = new StreamClient<Numbered>(streams.url("s"), options);
    assertEquals(await take(reader.follow({ window: 3 }), 500), numbered(500));
    assert(cuts >= 160, `${cuts} cuts`);
  });
});

Deno.test("an append whose answer is lost is sent again and written once", async () => {
  await withClient(async (client, streams) => {
    let lost = 0;
    class Losing extends WebSocket {
      override set onmessage(listener: ((event: MessageEvent) => void) | null) {
        super.onmessage = (event) => {
          if (String(event.data).includes('"appended"') && lost++ % 2 === 0) this.close();
          else listener?.call(this, event);
        };
      }
    }
    const options = { WebSocket: Losing, firstWaitMs: 1 };
    await using writer = new StreamClient<Numbered>(streams.url("s"), options);
    for (const value of numbered(20)) await writer.append(value);
    assertEquals(await all(client.read()), numbered(20));
    assert(lost >= 40);
  });
});

Deno.test("a producer that comes back with a later epoch keeps its former self out", async () => {
  await withClient(async (client, streams) => {
    const as = (epoch: number) =>
      new StreamClient<Numbered>(streams.url("s"), { producer: { id: "p", epoch } });
    await using former = as(0);
    await using later = as(1);
    await former.append({ n: 0 });
    await later.append({ n: 1 });
    const { code } = await assertRejects(() => former.append({ n: 9 }), StreamError);
    assertEquals(code, "producer_fenced");
    await assertRejects(() => former.append({ n: 9 }), StreamError);
    await later.append({ n: 2 });
    assertEquals(await all(client.read()), numbered(3));
  });
});

Deno.test("one append that is refused takes no other with it", async () => {
  await withClient(async (client) => {
    const large = client.appendAll(Array.from({ length: 10_000 }, () => ({ n: 1e9 })));
    const small = client.append({ n: 0 });
    assertEquals((await assertRejects(() => large, StreamError)).code, "too_large");
    await small;
    assertEquals(await all(client.read()), numbered(1));
  });
});

Deno.test("bytes are bytes on both ends", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await streams.send("PUT", "b", { headers: { "content-type": "application/octet-stream" } });
    await using client = new StreamClient<Uint8Array>(streams.url("b"));
    const chunks = [new Uint8Array([10, 0, 255]), new Uint8Array(20_000).fill(9)];
    await Promise.all(chunks.map((chunk) => client.append(chunk)));
    assertEquals(await all(client.read()), chunks);
  });
});

Deno.test("a ledger's chain is followed with a filter, and cannot be written", async () => {
  await withServer(async ({ main, api }) => {
    await api.create("c");
    await api.fill("c", 10, "A", "made");
    await api.fill("c", 10, "B", "sold");
    const url = `${main}/v1/stream/hierachain/c`;
    await using client = new StreamClient<{ entity_id: string }>(url);
    const sold = client.follow({ types: ["event"], keys: ["sold"] });
    const entities = (await take(sold, 10)).map(({ entity_id }) => entity_id);
    assertEquals(entities, upTo(10).map((at) => `B-${at}`));
    const { code } = await assertRejects(() => client.append({ entity_id: "x" }), StreamError);
    assertEquals(code, "read_only");
  });
});

Deno.test("what a decoder makes of data is what is read, and what it throws is thrown", async () => {
  await withClient(async (client, streams) => {
    await client.appendAll(numbered(3));
    const decode = (data: unknown): number => {
      if (typeof data !== "object" || data === null || !("n" in data)) throw new TypeError("none");
      return Number(data.n);
    };
    await using numbers = new StreamClient<number>(streams.url("s"), { decode });
    assertEquals(await all(numbers.read()), [0, 1, 2]);
    await streams.append("s", "something else");
    await assertRejects(() => all(numbers.read()), TypeError);
  });
});

Deno.test("a server that refuses says why, and nobody tries again", async () => {
  await withServer(async ({ main }) => {
    const key = "a-key-for-tests-only";
    const headers = { authorization: `Bearer ${key}` };
    const streams = new StreamsApi(main);
    await streams.create("s", headers);
    const cases: [string, string | undefined, object, string, number][] = [
      ["s", undefined, {}, "unauthorized", 401],
      ["s", "wrong", {}, "unauthorized", 401],
      ["none", key, {}, "not_found", 404],
      ["s", key, { offset: "7" }, "offset_invalid", 400],
      ["s", key, { types: ["a"] }, "filter_invalid", 400],
    ];
    for (const [name, shown, options, code, status] of cases) {
      await using client = new StreamClient(streams.url(name), { key: shown });
      const error = await assertRejects(() => all(client.follow(options)), StreamError);
      assertEquals([error.code, error.status], [code, status]);
    }
    await using client = new StreamClient(streams.url("s"), { key });
    await client.append(1);
    assertEquals(await all(client.read()), [1]);
  }, { flags: ["--api-keys=a-key-for-tests-only"] });
});

Deno.test("a stream that is deleted ends whoever follows it", async () => {
  await withClient(async (client, streams) => {
    const following = all(client.follow({
      onCaughtUp: () => void streams.send("DELETE", "s"),
    }));
    assertEquals((await assertRejects(() => following, StreamError)).code, "gone");
  });
});

Deno.test("a signal ends a reader that waits, and one that cannot connect", async () => {
  await withClient(async (client) => {
    const controller = new AbortController();
    const { signal } = controller;
    const onCaughtUp = () => controller.abort(new Error("enough"));
    const following = all(client.follow({ signal, onCaughtUp }));
    await assertRejects(() => within("the end", following), Error, "enough");
    await assertRejects(() => all(client.follow({ signal })), Error, "enough");
  });
  const nowhere = new StreamClient("http://127.0.0.1:1/v1/stream/s", { firstWaitMs: 1 });
  const waiting = all(nowhere.follow());
  await nowhere.close();
  await assertRejects(() => within("the end", waiting), DOMException);
  const tired = new StreamClient("http://127.0.0.1:1/v1/stream/s", { retries: 2, firstWaitMs: 1 });
  assertEquals((await assertRejects(() => all(tired.read()), StreamError)).code, "unreachable");
  assertEquals((await assertRejects(() => tired.append(1), StreamError)).code, "unreachable");
});

Deno.test("once a signal has ended a reader no event more is given, whatever has come", async () => {
  await withClient(async (client) => {
    await client.appendAll(numbered(1_000));
    const controller = new AbortController();
    const found: number[] = [];
    const following = (async () => {
      for await (const { data } of client.follow({ signal: controller.signal })) {
        if (found.push(data.n) < 3) continue;
        // All that its window has room for comes meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.abort(new Error("enough"));
      }
    })();
    await assertRejects(() => within("the end", following), Error, "enough");
    assertEquals(found, upTo(3));
  });
});

Deno.test("a server that asks to wait for a month is not asked again at once", async () => {
  let requests = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    requests++;
    return new Response("", { status: 503, headers: { "retry-after": "2592000" } });
  });
  const client = new StreamClient(`http://127.0.0.1:${server.addr.port}/v1/stream/s`, {
    firstWaitMs: 1,
  });
  const waiting = all(client.follow());
  // The handshake, and why it was refused.
  await until("it is away", () => requests >= 2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assertEquals(requests, 2);
  await client.close();
  await assertRejects(() => within("the end", waiting), DOMException);
  await server.shutdown();
});

Deno.test("close codes say whether to come back, as the server's own table does", () => {
  for (const [reason, { code, reconnect }] of Object.entries(CLOSE)) {
    assertEquals(isWorthReturning(code), reconnect, reason);
  }
  for (const code of [1005, 1006, 1012, 1014]) assert(isWorthReturning(code), String(code));
});

Deno.test("waits grow, have an end, and are begun anew by a success", () => {
  const backoff = new Backoff(100);
  const waits = upTo(12).map(() => backoff.next());
  for (const [at, wait] of waits.entries()) assert(wait <= Math.min(10_000, 100 * 2 ** at));
  assertEquals(backoff.failures, 12);
  backoff.succeeded();
  assert(backoff.next() <= 100);
  assert(backoff.next(1013) >= 1_000);
  assert(backoff.next(1006, 5_000) >= 5_000);
});
