import { assertEquals } from "@std/assert";
import type { AcceptedVertex } from "../../../../src/ledgers/hathor/intake/answer.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import { testNetwork } from "../support/builder.ts";
import { CONSENSUS_SCENARIOS } from "../support/consensus_scenarios.ts";
import { take, type TestNode, withNode } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";

function networkOf(rewardBlocks: number | undefined): Network {
  if (rewardBlocks !== undefined) return testNetwork(rewardBlocks);
  const base = testNetwork(3);
  return { ...base, features: { ...base.features, NANO_CONTRACTS: "disabled" } };
}

for (const { seed, soft, reward_blocks, steps } of CONSENSUS_SCENARIOS) {
  const named = soft.length === 0 ? "" : ", soft-voided transactions among them,";
  Deno.test(`forks and conflicts of seed ${seed}${named} are settled as the original settles them`, async () => {
    await withNode({ ...networkOf(reward_blocks), softVoided: new Set(soft) }, async (node) => {
      for (const [at, { hex, told }] of steps.entries()) {
        const answer = await take(node, vertexOf(hex));
        assertEquals(await toldBy(node, answer), told, `vertex ${at}`);
      }
      assertEquals(await node.chain.compareRows(), undefined);
    });
  });
}

/** All events of a vertex but the one that ends them. */
async function toldBy(node: TestNode, { first, next }: AcceptedVertex): Promise<string[]> {
  const events = await node.chain.read(first, next - first);
  return events.flatMap((event): string[] => {
    switch (event.type) {
      case EventType.reorgStarted: {
        const { data } = JSON.parse(String(event.data));
        const hashes = [data.previous_best_block, data.new_best_block, data.common_block];
        return [`reorg ${data.reorg_size} ${hashes.map((hash) => hash.slice(0, 8)).join(" ")}`];
      }
      case EventType.reorgFinished:
        return ["finished"];
      case EventType.vertexRemoved:
        return [`removed ${readVertexEvent(event).hash.slice(0, 8)}`];
      case EventType.metadataChanged: {
        const { hash, metadata } = readVertexEvent(event);
        if (metadata === undefined) return [];
        const { conflicts, voidedBy, twins, accumulatedWork, score, firstBlock, spent } = metadata;
        const spenders = spent.map(([index, by]) => `${index}:${names(by)}`).join(";");
        return [
          `metadata ${hash.slice(0, 8)} voided=${names(voidedBy)} conflicts=${names(conflicts)} ` +
          `twins=${names(twins)} work=${accumulatedWork} score=${score} ` +
          `first=${firstBlock?.slice(0, 8) ?? ""} spent=${spenders}`,
        ];
      }
      default:
        return [];
    }
  });
}

function names(hashes: readonly string[]): string {
  return hashes.map((hash) => hash.slice(0, 8)).sort().join(",");
}
