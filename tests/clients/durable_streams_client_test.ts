import { assertEquals, assertRejects, fail } from "@std/assert";
import { DurableStream, FetchError, IdempotentProducer, stream } from "@durable-streams/client";
import { withServer } from "../support/in_process.ts";
import { withFolder, withProcess } from "../support/server.ts";
import { until, within } from "../support/until.ts";

interface Item {
  readonly n: number;
}

const json = { contentType: "application/json" } as const;

Deno.test("the official client creates, appends, reads, resumes, closes and deletes", async () => {
  await withServer(async ({ main }) => {
    const url = `${main}/v1/stream/client/round-trip`;
    const handle = await DurableStream.create({ url, ...json });
    for (const n of [1, 2, 3]) await handle.append(JSON.stringify({ n }));
    const whole = await stream<Item>({ url, live: false });
    assertEquals(await whole.json(), [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const head = await handle.head();
    await handle.append(JSON.stringify({ n: 4 }));
    const offset = (head.exists ? head.offset : undefined) ??
      fail("the head has no offset");
    const rest = await stream<Item>({ url, live: false, offset });
    assertEquals(await rest.json(), [{ n: 4 }]);
    await handle.close();
    await assertRejects(() => handle.append(JSON.stringify({ n: 5 })));
    await handle.delete();
    await assertRejects(() => stream({ url, live: false }), FetchError);
  });
});

Deno.test("the official client finds the streams on their own port as well, and they are the same", async () => {
  await withServer(async ({ server, main }) => {
    const own = server.ports.find(({ name }) => name === "streams")?.origin ?? fail("no port");
    const path = "/v1/stream/client/own-port";
    const handle = await DurableStream.create({ url: own + path, ...json });
    await handle.append(JSON.stringify({ n: 1 }));
    const other = await DurableStream.connect({ url: main + path });
    await other.append(JSON.stringify({ n: 2 }));
    const heard: Item[] = [];
    const response = await stream<Item>({ url: own + path, live: "sse", offset: "-1" });
    response.subscribeJson(({ items }) => {
      heard.push(...items);
    });
    await other.close();
    await within("the stream's end", response.closed);
    assertEquals(heard, [{ n: 1 }, { n: 2 }]);
    const made = await fetch(`${own}/v1/stream/client/located`, { method: "PUT" });
    await made.body?.cancel();
    assertEquals(made.headers.get("location"), `${own}/v1/stream/client/located`);
    for (const elsewhere of ["/", "/client/own-port", "/v1/keys", "/metrics"]) {
      const answer = await fetch(own + elsewhere);
      await answer.body?.cancel();
      assertEquals([elsewhere, answer.status], [elsewhere, 404]);
    }
  }, { flags: ["--streams-port=0"] });
});

for (const live of ["long-poll", "sse"] as const) {
  Deno.test(`the official client hears everything once by ${live}, and the end`, async () => {
    await withServer(async ({ main }) => {
      const url = `${main}/v1/stream/live-${live}`;
      const handle = await DurableStream.create({ url, ...json });
      await handle.append(JSON.stringify({ n: 0 }));
      const heard: number[] = [];
      const response = await stream<Item>({ url, live, offset: "-1" });
      response.subscribeJson(({ items }) => {
        for (const { n } of items) heard.push(n);
      });
      for (let n = 1; n < 50; n++) await handle.append(JSON.stringify({ n }));
      await handle.close();
      await within("the stream's end", response.closed);
      assertEquals(heard, Array.from({ length: 50 }, (_, n) => n));
    });
  });
}

for (const live of ["long-poll", "sse"] as const) {
  Deno.test(`the official client tells the events of a ledger's chain apart by ${live}`, async () => {
    await withServer(async ({ main, api }) => {
      await api.create("c");
      await api.append("c", { entity_id: "E", event_type: "made" });
      const url = `${main}/v1/stream/hierachain/c`;
      const heard: { type: string; data: { height?: number; entity_id?: string } }[] = [];
      const response = await stream<(typeof heard)[number]>({ url, live, offset: "-1" });
      response.subscribeJson(({ items }) => {
        heard.push(...items);
      });
      await until("the event", () => heard.some(({ type }) => type === "event"));
      await api.append("c", { entity_id: "F", event_type: "sold" });
      const entities = () => heard.flatMap(({ data }) => data.entity_id ?? []);
      await until("the next one", () => entities().includes("F"));
      response.cancel();
      assertEquals(heard[0]?.type, "block");
      assertEquals(heard[0]?.data.height, 0);
      assertEquals(entities().slice(-2), ["E", "F"]);
    });
  });
}

Deno.test("the official producer's appends are in once, in order, after a kill as well", async () => {
  await withFolder(async (folder) => {
    const args = [`--store=${folder}/log.db`];
    const path = "/v1/stream/produced";
    await withProcess(args, async (server) => {
      const handle = await DurableStream.create({
        url: server.origin("main") + path,
        ...json,
      });
      const producer = new IdempotentProducer(handle, "p", {
        autoClaim: true,
        maxBatchBytes: 100,
      });
      for (let n = 0; n < 200; n++) producer.append(JSON.stringify({ n }));
      await producer.flush();
    });
    await withProcess(args, async (server) => {
      const again = await stream<Item>({
        url: server.origin("main") + path,
        live: false,
      });
      const items = await again.json();
      assertEquals(
        items.map(({ n }) => n),
        Array.from({ length: 200 }, (_, n) => n),
      );
    });
  });
});
