import { assert, assertEquals } from "@std/assert";
import { leafPreimage } from "../../../../src/ledgers/hierachain/block/block_hash.ts";
import { leafHash } from "../../../../src/ledgers/hierachain/block/merkle.ts";
import { verifyInclusion } from "../../../support/merkle_tree.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import type { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";
import {
  assertBlockHash,
  assertFinalised,
  headerOf,
  readRestBlock,
  type RestBlock,
} from "../../../support/rest_block.ts";

const CHAINS = "/api/ledger/chains";

/** Details that test every corner of how numbers and text are written. */
const ODD_DETAILS = [
  '{"a":5,"b":5.0,"c":1e-05,"d":1e+16,"e":-0.0,"f":18446744073709551615,"g":0.1}',
  '{"n":NaN,"i":Infinity,"small":1.5e-07,"neg":-9223372036854775808}',
  '{"text":"Xin chào ✅ \\u0001 \\u007f \\u2028 \\ud83d\\ude00","\\ud83d\\ude00":1,"\\uff5e":2}',
  '{"nested":{"z":[1,2.0,null,{"b":[],"a":{}}],"10":1,"9":2},"empty":{}}',
  "{}",
];

Deno.test("pages of blocks are Python slices", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    await api.fill("c", 49 + 50 * 3);
    const slices: [string, number[]][] = [
      ["", [0, 1, 2, 3, 4]],
      ["limit=2", [0, 1]],
      ["limit=2&offset=3", [3, 4]],
      ["limit=10&offset=4", [4]],
      ["offset=5", []],
      ["offset=999&limit=3", []],
      ["limit=0", []],
      ["offset=-1&limit=10", [4]],
      ["offset=-2&limit=1", [3]],
      ["offset=-1&limit=1", []],
      ["offset=-9&limit=3", []],
      ["offset=-9&limit=6", [0, 1]],
      ["limit=-1", [0, 1, 2, 3]],
      ["offset=2&limit=-4", [2]],
      ["offset=+1&limit=%201", [1]],
      ["limit=999999999999", [0, 1, 2, 3, 4]],
    ];
    for (const [query, indexes] of slices) {
      const { status, body } = await api.get(`${CHAINS}/c/blocks?${query}`);
      const found = body.blocks.map(({ index }: { index: number }) => index);
      assertEquals([query, status, found], [query, 200, indexes]);
    }
    const { body } = await api.get(`${CHAINS}/c/blocks?limit=1&offset=-2&resolve_cid=false`);
    const { blocks, ...rest } = body;
    assertEquals(blocks.length, 1);
    assertEquals(rest, { chain_name: "c", total_blocks: 5, offset: -2, limit: 1, resolved: false });
    assertEquals((await api.get(`${CHAINS}/nope/blocks`)).status, 404);
  }, { clock: new FakeClock() });
});

Deno.test("a block is found by its index and by its hash", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    await api.fill("c", 49);
    for (const index of [0, 1]) {
      const byIndex = await api.get(`${CHAINS}/c/blocks/${index}`);
      assertEquals(byIndex.body.index, index);
      const byHash = await api.get(`${CHAINS}/c/blocks/${byIndex.body.hash}`);
      assertEquals(byHash.text, byIndex.text);
    }
    for (const reference of ["99", "-1", "abc", "f".repeat(64), "1.0"]) {
      const { status, body } = await api.get(`${CHAINS}/c/blocks/${reference}`);
      assertEquals([status, body.message], [404, `Block '${reference}' not found in chain 'c'`]);
    }
    const missing = await api.get(`${CHAINS}/nope/blocks/0`);
    assertEquals([missing.status, missing.body.message], [404, "Chain 'nope' not found"]);
  }, { clock: new FakeClock() });
});

Deno.test("a genesis block is shown in the order it was made in", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  await withServer(async ({ api }) => {
    await api.create("supply_chain");
    const genesis = async (name: string, title: string) => {
      const { text, body } = await api.get(`${CHAINS}/${name}/blocks/0`);
      const time = text.match(/"created_at":([\d.]+)/)?.[1];
      assertEquals(
        text,
        `{"index":0,"hash":"${body.hash}","previous_hash":"0","timestamp":${time},` +
          `"events_count":1,"events":[{"entity_id":"SYSTEM","event":"genesis",` +
          `"timestamp":${time},"details":{"chain_name":"${title}","created_at":${time}}}]}`,
      );
      return time;
    };
    assertEquals(await genesis("main_chain", "MainChain"), "1767225600.0");
    assertEquals(await genesis("supply_chain", "supply_chain"), "1767225600.000001");
  }, { clock });
});

Deno.test("every block verifies from its own JSON, and its finalisation by the published key", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1) + 0.25);
  await withServer(async ({ api }) => {
    await fillOddly(api, clock);
    const { body: authority } = await api.get("/api/admin/authority");
    assertEquals(authority.algorithm, "ed25519");
    for (const [name, title] of [["c", "c"], ["main_chain", "MainChain"]] as const) {
      const blocks = await readBlocks(api, name);
      assert(blocks.length >= 3);
      let previous = "0";
      for (const [index, block] of blocks.entries()) {
        assertEquals([block.index, block.previousHash], [index, previous]);
        assertBlockHash(block);
        if (index > 0) assertFinalised(block, title, authority.public_key);
        previous = block.hash;
      }
    }
  }, { clock });
});

Deno.test("every event of every block has an inclusion proof that verifies, its finalisation too", async () => {
  const clock = new FakeClock();
  await withServer(async ({ api }) => {
    await fillOddly(api, clock);
    for (const block of await readBlocks(api, "c")) {
      const { merkleRoot } = headerOf(block);
      for (const [position, event] of block.events.entries()) {
        const path = `${CHAINS}/c/blocks/${block.index}/events/${position}/proof`;
        const { status, body } = await api.get(path);
        assertEquals(status, 200);
        const { event: shown, path: steps, leaf, ...place } = body;
        assertEquals(place, {
          chain_name: "c",
          block_index: block.index,
          block_hash: block.hash,
          merkle_root: merkleRoot,
          position,
        });
        assertEquals(leaf, leafHash(leafPreimage(event)));
        assert(verifyInclusion(leaf, steps, merkleRoot));
        const id = shown.event_id;
        if (id === undefined) continue;
        const byId = await api.get(`${CHAINS}/c/blocks/${block.hash}/events/${id}/proof`);
        assertEquals(byId.body, body);
      }
    }
    const { status } = await api.get(`${CHAINS}/c/blocks/1/events/99/proof`);
    assertEquals(status, 404);
    assertEquals((await api.get(`${CHAINS}/c/blocks/99/events/0/proof`)).status, 404);
  }, { clock });
});

Deno.test("an event's proof is found by its own id, and there is none before its block", async () => {
  const clock = new FakeClock();
  await withServer(async ({ api }) => {
    await api.create("c");
    const { eventId, offset, id } = await api.append("c", { entity_id: "E", event_type: "t" });
    const early = await api.get(`${CHAINS}/c/events/${eventId}/proof`);
    assertEquals([early.status, early.body.message], [
      409,
      `Event '${eventId}' is not in a block yet`,
    ]);
    clock.advance(1_001);
    await api.blocks("c", 2);
    for (const reference of [eventId, offset, id]) {
      const { body } = await api.get(`${CHAINS}/c/events/${reference}/proof`);
      assertEquals([body.block_index, body.position, body.event.entity_id], [1, 1, "E"]);
      assert(verifyInclusion(body.leaf, body.path, body.merkle_root));
    }
    assertEquals((await api.get(`${CHAINS}/c/events/c_9_9/proof`)).status, 404);
  }, { clock });
});

Deno.test("the trace of an entity has all its events, and names the chains they are in", async () => {
  await withServer(async ({ api }) => {
    for (const name of ["one", "two", "three"]) await api.create(name);
    for (const [chain, type] of [["one", "a"], ["two", "b"], ["one", "c"]] as const) {
      await api.append(chain, { entity_id: "PROD 1/ä", event_type: type });
    }
    const trace = async (entity: string, query = "") =>
      await api.get(`/api/ledger/entities/${encodeURIComponent(entity)}/trace${query}`);
    const types = (body: { events: { event: string }[] }) => body.events.map(({ event }) => event);
    const { status, body } = await trace("PROD 1/ä");
    assertEquals([status, body.entity_id, body.chains], [200, "PROD 1/ä", ["one", "two"]]);
    assertEquals(types(body), ["a", "c", "b"]);
    const one = (await trace("PROD 1/ä", "?chain_name=two&resolve_cid=false")).body;
    assertEquals([one.chains, types(one)], [["two"], ["b"]]);
    assertEquals((await trace("nobody")).body, { entity_id: "nobody", chains: [], events: [] });
    const bad = await trace("x", "?chain_name=nope");
    assertEquals([bad.status, bad.body.message], [404, "Sub-chain 'nope' not found"]);
    const long = "L".repeat(1_000);
    await api.append("one", { entity_id: long, event_type: "t" });
    assertEquals((await trace(long)).body.events.length, 1);
  }, { clock: new FakeClock() });
});

async function fillOddly(api: HieraChainApi, clock: FakeClock): Promise<void> {
  await api.create("c");
  for (const [at, details] of ODD_DETAILS.entries()) {
    await api.append("c", `{"entity_id":"E-${at}","event_type":"odd","details":${details}}`);
  }
  clock.advance(1_234);
  await api.blocks("c", 2);
  await api.fill("c", 60);
  clock.advance(1_077);
  await api.blocks("c", 4);
  await api.blocks("main_chain", 2);
  assertEquals((await api.post(`${CHAINS}/c/submit-proof`)).status, 200);
  clock.advance(1_001);
  await api.blocks("c", 5);
  await api.blocks("main_chain", 3);
}

/** All blocks of a chain, each as the text of its own answer. */
async function readBlocks(api: HieraChainApi, chain: string): Promise<RestBlock[]> {
  const { body } = await api.get(`${CHAINS}/${chain}/blocks?limit=1000`);
  return await Promise.all(body.blocks.map(async (_: unknown, index: number) => {
    const { text } = await api.get(`${CHAINS}/${chain}/blocks/${index}`);
    return readRestBlock(text);
  }));
}
