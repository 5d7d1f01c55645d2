import { chainProjection } from "../../../../src/server/projections.ts";
import { assertEquals } from "@std/assert";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { CHILDREN_PER_PAGE } from "../../../../src/ledgers/hathor/rows/rows.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { Log } from "../../../../src/log/log.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { mineBlock, mineTransaction, testNetwork } from "../support/builder.ts";
import { NOW, refuse, take, TestNode } from "../support/test_node.ts";

const network = testNetwork(0);
const { block: genesis, tx1, tx2 } = genesisOf(network);
const START = Math.floor(NOW / 1_000) - 1_000;

/** More transactions with the same two parents than one page of children holds, and a block. */
function family(): Vertex[] {
  const count = CHILDREN_PER_PAGE + 8;
  const block = mineBlock({ parents: [genesis, tx1, tx2], timestamp: START });
  const value = (genesis.outputs[0]?.value ?? 0n) - BigInt(count);
  const place = { parents: [tx1, tx2], timestamp: START + 1 };
  const wide = mineTransaction(place, [{ from: genesis, index: 0, owner: 0 }], [
    { value, to: 0 },
    ...Array.from({ length: count }, () => ({ value: 1, to: 1 })),
  ]);
  const txs = Array.from({ length: count }, (_, at) =>
    mineTransaction(
      { ...place, timestamp: START + 2 },
      [{ from: wide, index: at + 1, owner: 1 }],
      [{ value: 1, to: 2 }],
    ));
  return [block, wide, ...txs];
}

Deno.test("a vertex that is there is not taken again, whatever its parents tell and who is asked", async () => {
  const clock = new SteppedClock(NOW);
  await inMemory(async (log, store) => {
    const open = async (of: Log) => {
      const node = await TestNode.open({ log: of, clock, network });
      await node.start();
      return node;
    };
    const node = await open(log);
    const vertices = family();
    for (const vertex of vertices) await take(node, vertex);
    // The other has nothing of it in memory.
    const other = new Log(store, { projectionOf: chainProjection, clock });
    for (const asked of [node, await open(other)]) {
      const answers = await Promise.all(
        [...vertices, genesis, tx1].map((vertex) => refuse(asked, vertex)),
      );
      assertEquals(new Set(answers.map(({ code }) => code)), new Set(["TransactionAlreadyExists"]));
    }
    const last = vertices.at(-1) ?? genesis;
    const next = mineTransaction(
      { parents: [tx1, tx2], timestamp: START + 3 },
      [{ from: last, index: 0, owner: 2 }],
      [{ value: 1, to: 3 }],
    );
    const twice = await Promise.all([node.intake.accept(next), node.intake.accept(next)]);
    assertEquals(twice.map(({ isAccepted }) => isAccepted), [true, false]);
    assertEquals(await node.chain.compareRows(), undefined);
    await other.close();
  }, { projectionOf: chainProjection, clock });
});
