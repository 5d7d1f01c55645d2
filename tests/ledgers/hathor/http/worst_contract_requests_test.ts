import { assert, fail } from "@std/assert";
import { pythonTest } from "../../../support/programs.ts";
import { withScenario } from "../support/nano_server.ts";
import { nanoScenarios } from "../support/nano_vectors.ts";
import { vertexOf } from "../support/vectors.ts";
import { VALUES } from "../support/worst_values.ts";

/** The arguments that each route has. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  state: ["id", "fields[]", "balances[]", "calls[]", "block_hash", "block_height", "timestamp"],
  history: ["id", "after", "before", "count", "order", "include_nc_logs", "include_nc_events"],
  creation: ["after", "before", "count", "search", "order"],
  logs: ["id", "log_level", "all_execs"],
  dry_run: ["block_hash", "tx_hash", "include_changes"],
  "blueprint/info": ["blueprint_id"],
  "blueprint/source": ["blueprint_id"],
  "blueprint/builtin": ["after", "before", "count", "search"],
  "blueprint/on_chain": ["after", "before", "count", "search", "order"],
};

/** What a view is called with, beside {@linkcode VALUES}. */
const CALLS = [
  "get_total(",
  "get_total)",
  "get_total(1,2)",
  `get_seen("${"x".repeat(20_000)}")`,
  `get_seen(${"[".repeat(20_000)}${"]".repeat(20_000)})`,
  `get_seen(1e${"9".repeat(300)})`,
  'get_seen("\\ud800")',
  "__init__()",
  "syscall()",
  "initialize()",
];

pythonTest("no argument of a request about contracts makes the node fail", [
  "hathorlib",
], async (python) => {
  const { tokens } = nanoScenarios();
  assert(tokens !== undefined);
  const contract = tokens.steps.find(({ name }) => name === "nc1");
  assert(contract !== undefined);
  const id = vertexOf(contract.hex).hash;
  await withScenario(python, tokens, async (api) => {
    for (const [route, names] of Object.entries(ARGUMENTS)) {
      for (const name of names) {
        const values = name === "calls[]" ? [...VALUES, ...CALLS] : VALUES;
        for (const value of values) {
          const query = new URLSearchParams({ ...names.includes("id") && { id }, [name]: value });
          const path = `/v1a/nano_contract/${route}?${query}`;
          // No longer address gets here.
          const { status, text } = await api.send("GET", path.slice(0, 60_000));
          if (status >= 500) fail(`${status} ${path.slice(0, 200)}: ${text.slice(0, 200)}`);
        }
      }
    }
  });
});
