import { assert, assertEquals } from "@std/assert";
import { Person } from "../../ledgers/shared_bigchaindb/builder.ts";
import { create } from "../../ledgers/shared_bigchaindb/ledger_api.ts";
import { writeRestJson } from "../../../src/python/json_write.ts";
import type { PyObject } from "../../../src/python/json.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { eventsIn } from "../../support/sse_reader.ts";
import { caughtUp, eventsOf, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { within } from "../../support/until.ts";

// What an event holds is for each ledger to say.
// deno-lint-ignore no-explicit-any
type Event = any;

/** All of a stream, page by page. */
async function all(api: StreamsApi, path: string): Promise<Event[]> {
  const events: Event[] = [];
  for (let offset = "-1", isOver = false; !isOver;) {
    const { text, next, headers } = await api.get(`${path}?offset=${offset}`);
    events.push(...JSON.parse(text));
    offset = next;
    isOver = headers.get("stream-up-to-date") === "true";
  }
  return events;
}

async function post(origin: string, transaction: PyObject): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = writeRestJson(transaction);
  const path = `${origin}/api/v1/transactions?mode=commit`;
  const response = await fetch(path, { method: "POST", headers, body });
  assertEquals(response.status, 202, await response.text());
}

/** A server with something in the chain of each ledger, to which no clock adds a block. */
function withAll(body: (local: LocalServer, api: StreamsApi) => Promise<void>): Promise<void> {
  return withServer(async (local) => {
    const { api, main } = local;
    await api.create("c");
    await api.append("c", { entity_id: "E", event_type: "made" });
    await post(`${main}/bigchaindb`, create(new Person("alice"), { kind: "boat" }));
    await body(local, new StreamsApi(main));
  }, { clock: new FakeClock() });
}

const CHAINS = ["hathor/privatenet", "hierachain/c", "bigchaindb/chain"];

Deno.test("a ledger's events have offset, id, time, type, keys and data, the same by every way", async () => {
  await withAll(async ({ main }, api) => {
    for (const chain of CHAINS) {
      const events = await all(api, chain);
      for (const [at, event] of events.entries()) {
        assertEquals(Object.keys(event), ["offset", "id", "time", "type", "keys", "data"]);
        assertEquals(Number(event.offset.split("_")[0]), at + 1);
      }
      const socket = await streamSocket(main, chain);
      await caughtUp(socket);
      assertEquals(eventsOf(socket).slice(0, events.length), events);
      await socket.close();
      const polled = await api.get(`${chain}?offset=-1&live=long-poll`);
      assertEquals(JSON.parse(polled.text).slice(0, events.length), events);
      const [first, second] = events;
      const after = await api.get(`${chain}?offset=${first.offset}`);
      assertEquals(JSON.parse(after.text)[0], second);
    }
  });
});

Deno.test("data is in the form that the ledger's own clients know", async () => {
  await withAll(async ({ main }, api) => {
    const hathor = await all(api, "hathor/privatenet");
    const { events: known } = await (await fetch(`${main}/hathor/v1a/event`)).json();
    assertEquals(hathor.map(({ data }) => data).slice(0, known.length), known);
    assert(hathor.some(({ type, data }) => type === "NEW_VERTEX_ACCEPTED" && data.data.hash));

    const hierachain = await all(api, "hierachain/c");
    const made = hierachain.find(({ keys }) => keys[0] === "made");
    assertEquals([made.type, made.data.event_type, made.data.entity_id], ["event", "made", "E"]);
    const block = hierachain.find(({ type }) => type === "block");
    assertEquals([block.data.height, typeof block.data.block_hash], [0, "string"]);
    assertEquals([block.data.own, block.data.first], [undefined, undefined]);

    const bigchaindb = await all(api, "bigchaindb/chain");
    assertEquals(bigchaindb.map(({ type }) => type), ["VALIDATORS", "BLOCK", "CREATE", "BLOCK"]);
    const [validators, begun, created, closed] = bigchaindb.map(({ data }) => data);
    assertEquals(begun.transaction_ids, []);
    const asked = async (path: string) => (await fetch(`${main}/bigchaindb/api/v1/${path}`)).json();
    assertEquals(validators, await asked("validators"));
    const { transaction, ...message } = created;
    assertEquals(transaction, await asked(`transactions/${transaction.id}`));
    assertEquals(message, {
      height: begun.height + 1,
      asset_id: transaction.id,
      transaction_id: transaction.id,
    });
    assertEquals(closed.transaction_ids, [transaction.id]);
  });
});

Deno.test("CloudEvents are a batch over HTTP, and one in each event over SSE", async () => {
  await withAll(async (_, api) => {
    for (const chain of CHAINS) {
      const envelopes = await all(api, chain);
      const { headers, text } = await api.get(`${chain}?format=cloudevents`);
      assertEquals(headers.get("content-type"), "application/cloudevents-batch+json");
      const events: Event[] = JSON.parse(text);
      const [ledger] = chain.split("/");
      for (const [at, event] of events.entries()) {
        const { offset, id, time, type, keys, data } = envelopes[at] ?? event;
        assertEquals(event, {
          specversion: "1.0",
          id,
          source: `/v1/stream/${chain}`,
          type: `org.ledgerline.${ledger}.${type}`,
          time,
          ...(keys.length === 0 ? {} : { subject: keys[0] }),
          sequence: offset,
          datacontenttype: "application/json",
          dataschema: `urn:ledgerline:schema:org.ledgerline.${ledger}.${type}`,
          data,
        });
      }
      const reading = await readEvents(api, `${chain}?offset=-1&live=sse&format=cloudevents`);
      const told = reading.filter(({ name }) => name === "data").map(({ data }) =>
        JSON.parse(data)
      );
      assertEquals(told.slice(0, events.length), events);
    }
    assertEquals((await api.get("hierachain/c?format=xml")).status, 400);
    await api.create("s");
    assertEquals((await api.get("s?format=cloudevents")).status, 400);
  });
});

/** The first events of an event stream, up to the one that tells that there is no more. */
async function readEvents(
  api: StreamsApi,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ name: string; data: string; text: string }[]> {
  const response = await fetch(api.url(path), { headers });
  assertEquals(response.status, 200);
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      if (text.includes(`"upToDate":true`) && text.endsWith("\n\n")) return;
    }
  })();
  await within("the end of what there is", reading);
  return eventsIn(new TextEncoder().encode(text)).map((event) => ({ ...event, text }));
}

Deno.test("a browser's event source comes back where it was", async () => {
  await withAll(async ({ api: ledger }, api) => {
    await api.create("s");
    await api.append("s", [{ n: 1 }, { n: 2 }]);
    for (const path of ["s", "hierachain/c"]) {
      const first = await readEvents(api, `${path}?offset=-1&live=sse`);
      const { text = "" } = first[0] ?? {};
      assert(text.startsWith("retry: "), text);
      const ids = [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
      const { streamNextOffset } = JSON.parse(first.at(-1)?.data ?? "");
      assertEquals(ids.at(-1), streamNextOffset);
      if (path === "s") await api.append("s", { n: 3 });
      else await ledger.append("c", { entity_id: "F", event_type: "sold" });
      const again = await readEvents(api, `${path}?offset=-1&live=sse`, {
        "last-event-id": ids.at(-1) ?? "",
      });
      const data = JSON.parse(again.find(({ name }) => name === "data")?.data ?? "");
      assertEquals(data[0].n ?? data[0].data.entity_id, path === "s" ? 3 : "F");
      const wrong = await fetch(api.url(`${path}?offset=-1&live=sse`), {
        headers: { "last-event-id": "never told" },
      });
      assertEquals([wrong.status, (await wrong.json()).code], [400, "offset_invalid"]);
    }
  });
});

Deno.test("what a client has in one format is not taken for what it has in the other", async () => {
  await withAll(async (_, api) => {
    const { headers } = await api.get("hierachain/c");
    const etag = headers.get("etag") ?? "";
    const known = { "if-none-match": etag };
    assertEquals((await api.get("hierachain/c", known)).status, 304);
    assertEquals((await api.get("hierachain/c?format=cloudevents", known)).status, 200);
  });
});
