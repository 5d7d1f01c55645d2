import { assertEquals } from "@std/assert";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { isBlock } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { Prng } from "../../../support/prng.ts";
import { testNetwork } from "../support/builder.ts";
import { Model } from "../support/model.ts";
import { RandomGraph } from "../support/random_graph.ts";
import { removedBy, withNode } from "../support/test_node.ts";

/** More of them for a longer look: `HATHOR_SEEDS=500`. */
const SEEDS = Number(Deno.env.get("HATHOR_SEEDS") ?? 6);
const VERTICES = 60;

Deno.test("random vertices, soft-voided or not, leave rows that agree with a plain model, each time", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await run(seed, seed % 2 === 0 ? 0.15 : 0);
});

/** @param softChance how often a transaction is soft-voided */
async function run(seed: number, softChance: number): Promise<void> {
  const softVoided = new Set<string>();
  const network: Network = { ...testNetwork(1 + seed % 3), softVoided };
  const prng = new Prng(seed + 1_000);
  await withNode(network, async (node) => {
    const graph = new RandomGraph(new Prng(seed), network);
    const model = new Model(network);
    for (let made = 0; made < VERTICES; made++) {
      const vertex = graph.next();
      if (!isBlock(vertex) && prng.chance(softChance)) softVoided.add(vertex.hash);
      const answer = await node.acceptBytes(encodeVertex(vertex));
      if (!answer.isAccepted) continue;
      const removed = await removedBy(node, answer);
      for (const hash of removed) {
        model.remove(hash);
        graph.removed(hash);
      }
      model.add(vertex);
      graph.added(vertex);
      try {
        await model.compare(node);
      } catch (error) {
        throw new Error(`seed ${seed}, vertex ${made}`, { cause: error });
      }
    }
    assertEquals((await node.chain.verify()).ok, true);
    assertEquals(await node.chain.compareRows(), undefined, `seed ${seed}`);
  });
}
