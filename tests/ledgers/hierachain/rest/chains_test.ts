import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import type { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";
import { until } from "../../../support/until.ts";

const CHAINS = "/api/ledger/chains";

Deno.test("a chain is created once, and its name is held to the original's rule", async () => {
  await withServer(async ({ api }) => {
    const create = (name: string) => api.post(`${CHAINS}/${name}/create?chain_type=generic`);
    const first = await create("supply_chain");
    assertEquals([first.status, first.body], [201, {
      success: true,
      message: "Sub-chain 'supply_chain' created successfully",
      chain_name: "supply_chain",
    }]);
    const second = await create("supply_chain");
    assertEquals([second.status, second.body], [200, {
      success: true,
      message: "Sub-chain 'supply_chain' already exists",
      chain_name: "supply_chain",
    }]);
    const bad = await create("a.b");
    assertEquals([bad.status, bad.body], [400, {
      error: "HTTP error",
      message:
        "Invalid chain identifier 'a.b'. Only alphanumeric, underscore, and hyphen are allowed.",
      status_code: 400,
    }]);
    for (const name of ["%3Cb%3E", "x".repeat(227), "caf%C3%A9", "a%2Fb"]) {
      assertEquals([name, (await create(name)).status], [name, 400]);
    }
    // The original makes the name of a file of it.
    assertEquals((await create("x".repeat(226))).status, 201);
    assertMatch((await create("%3Cb%3E")).body.message, /'&lt;b&gt;'/);
    assertEquals((await create("main_chain")).status, 200);
    assertEquals((await api.get(CHAINS)).body.length, 3);
  });
});

Deno.test("two requests that create one chain at once create it once", async () => {
  await withServer(async ({ api }) => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api.post(`${CHAINS}/race/create`)),
    );
    assertEquals(answers.map(({ status }) => status).sort(), [...Array(7).fill(200), 201]);
    assertEquals((await api.get(CHAINS)).body.map(({ name }: { name: string }) => name), [
      "main_chain",
      "race",
    ]);
  });
});

Deno.test("the list of chains names the root chain and its sub-chains in order of creation", async () => {
  await withServer(async ({ api }) => {
    for (const name of ["zebra", "alpha", "m-1"]) await api.create(name);
    const { status, body } = await api.get(CHAINS);
    assertEquals(status, 200);
    const heads = await Promise.all(
      ["main_chain", "zebra", "alpha", "m-1"].map(async (name) => {
        const { body: block } = await api.get(`${CHAINS}/${name}/blocks/0`);
        return {
          name,
          type: name === "main_chain" ? "main" : "sub",
          block_count: 1,
          latest_block_hash: block.hash,
        };
      }),
    );
    assertEquals(body, heads);
  }, { clock: new FakeClock() });
});

Deno.test("statistics of a chain count its blocks and events, those of the root chain its proofs", async () => {
  await withServer(async ({ api }) => {
    await api.create("supply_chain");
    const stats = async (name: string) => (await api.get(`${CHAINS}/${name}/stats`)).body;
    assertEquals(await stats("supply_chain"), {
      chain_name: "supply_chain",
      total_blocks: 1,
      total_events: 1,
      proof_count: null,
      registered_sub_chains: null,
    });
    assertEquals(await stats("main_chain"), {
      chain_name: "main_chain",
      total_blocks: 1,
      total_events: 1,
      proof_count: 0,
      registered_sub_chains: 1,
    });
    await api.fill("supply_chain", 49);
    assertEquals((await stats("supply_chain")).total_blocks, 2);
    // Genesis, the connection to the root chain, 49 events and the finalisation.
    assertEquals((await stats("supply_chain")).total_events, 52);
    const missing = await api.get(`${CHAINS}/nope/stats`);
    assertEquals([missing.status, missing.body], [404, {
      error: "HTTP error",
      message: "Chain 'nope' not found",
      status_code: 404,
    }]);
    assertEquals((await api.get(`${CHAINS}/a.b/stats`)).status, 404);
  }, { clock: new FakeClock() });
});

Deno.test("a submitted proof anchors the newest block in the root chain, which closes its block", async () => {
  const clock = new FakeClock();
  await withServer(async ({ api }) => {
    await api.create("supply_chain");
    await api.fill("supply_chain", 49);
    const { body: newest } = await api.get(`${CHAINS}/supply_chain/blocks/1`);
    const { status, body } = await api.post(`${CHAINS}/supply_chain/submit-proof`);
    assertEquals([status, body], [200, {
      success: true,
      message: "Proof submitted from 'supply_chain' to main chain",
      proof_id: "supply_chain_2",
    }]);
    clock.advance(1_001);
    assertEquals(await api.blocks("main_chain", 2), 2);
    const { body: root } = await api.get(`${CHAINS}/main_chain/blocks/1`);
    const [registration, proof, finalisation] = root.events;
    assertEquals(registration.event, "sub_chain_registration");
    assertEquals(finalisation.details.authority_id, "MainChain");
    assertEquals(
      [proof.event, proof.entity_id, proof.type, proof.sub_chain, proof.zk_verified],
      ["proof_submission", "supply_chain", "sub_chain_proof", "supply_chain", false],
    );
    assertEquals(proof.proof_hash, newest.hash);
    assertEquals(proof.details.proof_hash, newest.hash);
    assertEquals(proof.details.proof_id, "PROOF-1");
    assertEquals(
      [proof.metadata.domain_type, proof.metadata.latest_block_index, proof.metadata.total_blocks],
      ["generic", 1, 2],
    );
    const { body: stats } = await api.get(`${CHAINS}/main_chain/stats`);
    assertEquals(stats.proof_count, 1);
    await assertNotedInSubChain(api, newest.hash);
  }, { clock });
});

async function assertNotedInSubChain(api: HieraChainApi, hash: string): Promise<void> {
  assertEquals(await api.blocks("supply_chain", 3), 3);
  const { body: block } = await api.get(`${CHAINS}/supply_chain/blocks/2`);
  const [noted] = block.events;
  assertEquals(noted.event, "proof_submitted");
  assertEquals(noted.details, {
    block_index: 1,
    main_chain_name: "MainChain",
    proof_hash: hash,
    submitted_at: noted.details.submitted_at,
    zk_proof_included: false,
  });
}

Deno.test("a proof of nothing fails as in the original", async () => {
  await withServer(async ({ api }) => {
    await api.create("fresh");
    for (const name of ["nope", "a.b", "fresh", "main_chain"]) {
      const { status, body } = await api.post(`${CHAINS}/${name}/submit-proof`);
      assertEquals([name, status, body], [name, 500, {
        error: "HTTP error",
        message: "Failed to submit proof. An internal error has occurred.",
        status_code: 500,
      }]);
    }
  }, { clock: new FakeClock() });
});

Deno.test("a block closes a second after its first event, and at fifty events at once", async () => {
  const clock = new FakeClock();
  await withServer(async ({ api }) => {
    await api.create("c");
    await api.append("c", { entity_id: "e", event_type: "t" });
    clock.advance(999);
    assertEquals((await api.get(`${CHAINS}/c/stats`)).body.total_blocks, 1);
    clock.advance(2);
    assertEquals(await api.blocks("c", 2), 2);
    const { body: first } = await api.get(`${CHAINS}/c/blocks/1`);
    assertEquals(first.events_count, 3);
    await api.fill("c", 120);
    assertEquals((await api.get(`${CHAINS}/c/stats`)).body.total_blocks, 4);
    const { body: full } = await api.get(`${CHAINS}/c/blocks/2`);
    assertEquals([full.events_count, full.previous_hash], [51, first.hash]);
    clock.advance(1_001);
    assertEquals(await api.blocks("c", 5), 5);
    const { body: rest } = await api.get(`${CHAINS}/c/blocks/4`);
    assertEquals(rest.events_count, 21);
    // With nothing pending no block is made.
    clock.advance(10_000);
    assertEquals((await api.get(`${CHAINS}/c/stats`)).body.total_blocks, 5);
  }, { clock });
});

Deno.test("without a fake clock a block closes by itself", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    await until("the first block", async () => {
      const { body } = await api.get(`${CHAINS}/c/blocks/1`);
      return body.index === 1;
    });
    const { body } = await api.get(`${CHAINS}/main_chain/blocks`);
    assert(body.blocks.length >= 1);
  });
});
