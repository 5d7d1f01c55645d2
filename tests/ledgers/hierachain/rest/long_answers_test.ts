import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { readRestBlock } from "../../../support/rest_block.ts";

const CHAINS = "/api/ledger/chains";
const TRACE = "/api/ledger/entities/E/trace";

/** Characters of an event that is large, and of one that is not large enough to close its block. */
const LARGE = 200_000;
const SMALL = 30_000;

Deno.test("long traces and blocks are sent in pieces, and are what they would be as one", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("c");
    await api.create("d");
    const texts: string[] = [];
    for (let at = 0; at < 120; at++) {
      const name = at < 100 ? "c" : "d";
      const event = { entity_id: "E", event_type: "t", details: { at, x: "x".repeat(SMALL) } };
      const { eventId } = await api.append(name, event);
      await api.append(name, { entity_id: "other", event_type: "t" });
      const { text } = await api.get(`${CHAINS}/${name}/events/${eventId}`);
      texts.push(text.slice(text.indexOf('"event":') + 8, -1));
    }
    const trace = `{"entity_id":"E","chains":["c","d"],"events":[${texts.join(",")}]}`;
    const response = await fetch(native + TRACE);
    assertEquals(response.headers.get("content-length"), null);
    assertEquals(await response.text(), trace);
    const one = await fetch(`${native}${TRACE}?chain_name=d`);
    assertEquals(
      await one.text(),
      `{"entity_id":"E","chains":["d"],"events":[${texts.slice(100).join(",")}]}`,
    );
    const none = await fetch(`${native}/api/ledger/entities/nobody/trace`);
    assertEquals(none.headers.get("content-length"), "46");
    assertEquals(await none.text(), '{"entity_id":"nobody","chains":[],"events":[]}');

    // A list of blocks is made of the same texts as each block by itself.
    const blocks: string[] = [];
    const { body: stats } = await api.get(`${CHAINS}/c/stats`);
    for (let index = 0; index < stats.total_blocks; index++) {
      const { text } = await api.get(`${CHAINS}/c/blocks/${index}`);
      readRestBlock(text);
      blocks.push(text);
    }
    assert(blocks.length > 3);
    const { text: listed } = await api.get(`${CHAINS}/c/blocks?limit=99`);
    assertEquals(
      listed,
      `{"chain_name":"c","blocks":[${blocks.join(",")}],"total_blocks":${blocks.length},` +
        `"offset":0,"limit":99,"resolved":false}`,
    );
  }, { clock: new FakeClock() });
});

Deno.test("clients that leave in the middle of an answer harm no other", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("c");
    for (let at = 0; at < 30; at++) {
      const details = { x: "x".repeat(LARGE) };
      await api.append("c", { entity_id: "E", event_type: "t", details });
    }
    const left: Promise<void>[] = [];
    for (let client = 0; client < 20; client++) {
      const response = await fetch(native + TRACE);
      const reader = response.body?.getReader();
      assertEquals((await reader?.read())?.done, false);
      left.push(reader?.cancel() ?? Promise.resolve());
    }
    await Promise.all(left);
    assertEquals((await api.get(TRACE)).body.events.length, 30);
  }, { clock: new FakeClock() });
});

Deno.test("a block closes after a large event, so that its message is not fifty times as large", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const details = { x: "x".repeat(LARGE) };
    await api.append("c", { entity_id: "small", event_type: "t" });
    const { eventId } = await api.append("c", { entity_id: "E", event_type: "t", details });
    const { body } = await api.get(`${CHAINS}/c/events/${eventId}`);
    // Behind the chain's own first event and the small one.
    assertEquals([body.status, body.block_index, body.position], ["in_block", 1, 2]);
    const { body: proof } = await api.get(`${CHAINS}/c/events/${eventId}/proof`);
    assertEquals([proof.block_index, proof.position], [1, 2]);
  }, { clock: new FakeClock() });
});
