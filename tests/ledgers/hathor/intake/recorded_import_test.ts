import { assertEquals } from "@std/assert";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import { importLines, shuffled } from "../support/imported_lines.ts";
import { type ResourceRecording, resourceRecordings } from "../support/resource_recordings.ts";
import { withNode } from "../support/test_node.ts";
import { networkOf } from "../support/vectors.ts";

/** What the node took in a step: a vertex of another, or what a client pushed. */
function takenBy(step: ResourceRecording["steps"][number]): readonly string[] {
  if ("vertex" in step) return [step.vertex];
  const { request, body = "", answer } = step;
  const [, pushed] = /push_tx.*hex_tx\W+([\da-f]+)/.exec(request + JSON.stringify(body)) ?? [];
  return pushed !== undefined && answer.startsWith('{"success":true') ? [pushed] : [];
}

Deno.test("the vertices that hathor-core took in its own tests are imported, each of them, in any order", async () => {
  const network = inTestMode(networkOf("unittests"), { transactions: true, blocks: true });
  let all = 0;
  for (const { test, steps } of await resourceRecordings()) {
    const lines = [...new Set(steps.flatMap(takenBy))];
    if (lines.length === 0) continue;
    await withNode(network, async (node, _log, clock) => {
      clock.time = steps.at(-1)?.now ?? 0;
      const { counts, refused } = await importLines(node, shuffled(lines));
      assertEquals(refused, [], test);
      assertEquals(counts, { lines: lines.length, taken: lines.length, known: 0, refused: 0 });
      assertEquals(await node.node.chain.compareRows(), undefined);
      all += lines.length;
    });
  }
  assertEquals(all, 1_431);
});
