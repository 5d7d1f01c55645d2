/** What a node that runs contracts answers about them is what hathor-core answered. */
import { assert, assertEquals } from "@std/assert";
import { pythonTest } from "../../../support/programs.ts";
import type { HathorApi } from "../support/hathor_api.ts";
import { withScenario } from "../support/nano_server.ts";
import { type NanoAnswer, nanoScenarios } from "../support/nano_vectors.ts";

/**
 * What is the same for either: not when it was executed, nor where Python's files are, nor works, as
 * far as somebody needed to know them, which vertices of the same time decide by their order.
 */
function comparable(value: unknown, key = ""): unknown {
  if (key.startsWith("accumulated_weight")) return "a weight";
  if (key === "timestamp" && Number(value) > 1_790_000_000) return "when it was executed";
  if (key.endsWith("traceback") && typeof value === "string") return value.split("\n").at(-2);
  if (Array.isArray(value)) {
    const list = value.map((each) => comparable(each));
    return ["voided_by", "children"].includes(key) ? list.sort() : list;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, comparable(each, name)]),
  );
}

async function answer(api: HathorApi, { path, args }: NanoAnswer) {
  const query = new URLSearchParams(args);
  const { status, text } = await api.send("GET", `/v1a/${path}?${query}`);
  return { path, args, status, body: comparable(JSON.parse(text)) };
}

for (const [name, scenario] of Object.entries(nanoScenarios())) {
  const { http } = scenario;
  if (http === undefined) continue;
  pythonTest(`${name}: answers about contracts are the original's`, [
    "hathorlib",
  ], async (python) => {
    assert(http.length > 0);
    await withScenario(python, scenario, async (api) => {
      assertEquals((await api.get("/v1a/version")).nano_contracts_enabled, true);
      const wanted = http.map((each) => ({ ...each, body: comparable(each.body) }));
      // At once, but no more than may wait for the engine.
      for (let at = 0; at < http.length; at += 20) {
        const asked = http.slice(at, at + 20);
        const found = await Promise.all(asked.map((each) => answer(api, each)));
        assertEquals(found, wanted.slice(at, at + 20));
      }
    });
  });
}
