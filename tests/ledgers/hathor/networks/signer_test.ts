/** What wallets are told of calls and blueprints, and which wallets, is what hathor-core tells. */
import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { TopicBook } from "../../../../src/ledgers/hathor/queries/topics.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { pythonTest } from "../../../support/programs.ts";
import { nanoScenarios, withContractNode } from "../support/nano_vectors.ts";
import { take } from "../support/test_node.ts";
import { readVectors, vertexOf } from "../support/vectors.ts";

/** At the end of the scenario with tokens. */
const vectors = z.object({
  told: z.array(z.object({
    addresses: z.array(z.string()),
    // One that keeps the order of its keys.
    history: z.record(z.string(), z.unknown()),
  })),
});

pythonTest("wallets are told of the calls and the blueprints that they sign, as by the original", [
  "hathorlib",
], async (python) => {
  const { told } = readVectors("hathor_nano_wallets.json", vectors);
  const { tokens } = nanoScenarios();
  assert(tokens !== undefined);
  await withContractNode(python, async (node) => {
    const topics = new TopicBook(node);
    for (const { hex } of tokens.steps) await take(node, vertexOf(hex), { kind: "history" });
    for (const { addresses, history } of told) {
      const hash = String(history["tx_id"]);
      const view = await node.vertex(hash);
      assert(view !== undefined);
      const own = JSON.parse(writeRestJson(await node.history(view)));
      assertEquals(own, history);
      assertEquals(Object.keys(own), Object.keys(history));
      assertEquals((await topics.of(view.vertex)).addresses.toSorted(), addresses);
      for (const address of addresses) {
        const listed = await node.addressHistory(address, 1_000);
        assert(listed.some((entry) => entry.hash === hash), `${hash} ${address}`);
      }
    }
  });
});
