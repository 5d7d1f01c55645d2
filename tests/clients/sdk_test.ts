import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { changeClock } from "../support/dev_clock.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { Program, pythonTest } from "../support/programs.ts";
import { withFolder, withProcess } from "../support/server.ts";

const KEY = "hrc_0123abcd_a-key-for-tests-only";
const SCRIPT = join(import.meta.dirname ?? ".", "sdk_client.py");

const MISSING = "API key missing. Please provide a valid API key.";

pythonTest(
  "the Python SDK of hierachain 0.2.0 works, sync and async",
  ["hierachain", "requests", "aiohttp"],
  async (python) => {
    await withProcess(["--store=:memory:", "--dev=on"], async (server) => {
      // Blocks close when they are full, however long it takes until then.
      await changeClock(server.origin("main"), { isFrozen: true }, { "x-api-key": KEY });
      const origin = server.origin("hierachain");
      const api = new HieraChainApi(origin, { "x-api-key": KEY });
      for (const chain of ["sync_chain", "async_chain"]) {
        await api.create(chain);
        await api.fill(chain, 49);
      }
      await withFolder(async (folder) => {
        // Importing the package writes a file where it is run.
        const script = Program.start(python, [SCRIPT, origin, KEY], folder, { HRC_ENV: "dev" });
        const code = await script.ended();
        assertEquals([code, code === 0 ? "" : script.output], [0, ""]);
        const results = JSON.parse(script.output.trim().split("\n").at(-1) ?? "");
        for (const kind of ["sync", "async"]) await assertResults(api, kind, results[kind]);
      });
    }, { LEDGER_API_KEYS: KEY });
  },
);

// deno-lint-ignore no-explicit-any -- what Python printed
async function assertResults(api: HieraChainApi, kind: string, got: any): Promise<void> {
  const chain = `${kind}_chain`;
  assertEquals([got.health, got.keyless_health, got.gone], [true, true, false]);
  // The proof that came before is noted in the chain as well, perhaps in a block already.
  assertMatch(got.submit.event_id, new RegExp(`^${chain}_[23]_52$`));
  assertEquals([got.submit.status, got.submit.message], [
    "unknown",
    `Event added to chain '${chain}'`,
  ]);
  const { uptime, ...node } = got.node;
  assertEquals([typeof uptime, node], ["string", {
    status: "active",
    version: "0.2.0",
    chains_active: 2,
    license_active: true,
  }]);
  assertEquals(got.stats, {
    chain_name: chain,
    total_blocks: 2,
    total_events: 52,
    unique_entities: 0,
    proof_count: null,
    registered_sub_chains: null,
  });
  assertEquals(got.main.registered_sub_chains, 2);
  const { body: genesis } = await api.get(`/api/ledger/chains/${chain}/blocks/0`);
  assertEquals([got.genesis, got.by_hash], [genesis, genesis]);
  const [event] = got.trace.events;
  assertEquals([got.trace.entity_id, got.trace.chains, event.details], ["PROD-001", [chain], {
    quantity: 100,
    price: 1.5,
  }]);
  assertEquals(got.trace_all.chains.includes(chain), true);
  assertEquals(got.proof.proof_id, `${chain}_2`);
  // Refusals with 4xx are answers to the SDK; 5xx are errors.
  assertEquals(got.refused, { event_id: "", status: "unknown", message: "" });
  assertEquals(got.missing.message, "Chain 'no_such_chain' not found");
  assertEquals(got.failed, { raised: "HieraChainAPIError" });
  assertEquals(got.unavailable, { raised: "ServiceUnavailableError" });
  assertEquals(got.gone_submit, { raised: "HieraChainAPIError" });
  assertEquals(got.keyless.message, MISSING);
}
