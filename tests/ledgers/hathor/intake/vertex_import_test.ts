import { assertEquals } from "@std/assert";
import { shippedNetwork } from "../../../../src/ledgers/hathor/networks/shipped.ts";
import { minimalBlock } from "../../../../src/ledgers/hathor/queries/template_block.ts";
import { blockTemplate } from "../../../../src/ledgers/hathor/queries/templates.ts";
import { readMetadata } from "../../../../src/ledgers/hathor/rows/read_metadata.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { mineTransaction, testNetwork } from "../support/builder.ts";
import { CONSENSUS_SCENARIOS } from "../support/consensus_scenarios.ts";
import { importLines, shuffled } from "../support/imported_lines.ts";
import { chainOf, genesis, network, spendGenesis, tx1, tx2 } from "../support/genesis_chain.ts";
import { NOW, take, type TestNode, withNode } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";

function hexOf({ bytes }: { readonly bytes: Uint8Array }): string {
  return bytes.toHex();
}

/** Where the order in which vertices come decides what counts, or what a reorganisation removes. */
const BY_ORDER: readonly number[] = [88, 3079];

/** Hashes of vertices in the order in which a node took them. */
async function orderOf(node: TestNode): Promise<string[]> {
  const events = await node.node.chain.read(0, 10_000);
  return events.filter(({ type }) => type === EventType.newVertex)
    .map((event) => readVertexEvent(event).hash);
}

for (const { seed, soft, reward_blocks, steps } of CONSENSUS_SCENARIOS) {
  Deno.test(`the vertices of seed ${seed} in any order make the node that they made one by one`, async () => {
    const base = testNetwork(reward_blocks ?? 3);
    const settled = { ...base, softVoided: new Set(soft) };
    const lines = steps.map(({ hex }) => hex);
    const state = (node: TestNode) =>
      Promise.all(lines.map(async (hex) => {
        const { hash } = vertexOf(hex);
        const row = await readMetadata(hash, node.node.rows);
        return [hash, [...row?.voidedBy ?? []].sort(), row?.firstBlock];
      }));
    const given = lines.map(vertexOf);
    await withNode(settled, async (other) => {
      const { counts, refused } = await importLines(other, shuffled(lines));
      assertEquals(refused, []);
      assertEquals(counts, { lines: lines.length, taken: lines.length, known: 0, refused: 0 });
      const imported = await state(other);
      const order = await orderOf(other);
      const own = given.toSorted((a, b) => order.indexOf(a.hash) - order.indexOf(b.hash));
      for (const vertices of BY_ORDER.includes(seed) ? [own] : [own, given]) {
        await withNode(settled, async (one) => {
          for (const vertex of vertices) await take(one, vertex);
          assertEquals(imported, await state(one));
        });
      }
      assertEquals(await other.node.chain.compareRows(), undefined);
      const again = await importLines(other, lines);
      assertEquals(again.counts.taken + again.counts.known, lines.length);
    });
  });
}

Deno.test("a line that is not taken is told with its number and why, and the others are taken", async () => {
  await withNode(network, async (node) => {
    const [first, second, third] = chainOf(genesis, 3).map(hexOf);
    const [, orphan] = chainOf(genesis, 2, 5).map(hexOf);
    const lines = [third, "xyz", second, "", "00", orphan, first, second, hexOf(genesis)];
    const { counts, refused } = await importLines(node, lines.map((line) => line ?? ""));
    assertEquals(refused.map(({ line, code }) => [line, code]), [
      [2, "not_hex"],
      [5, "malformed"],
      [6, "missing_dependency"],
    ]);
    assertEquals(counts, { lines: 9, taken: 3, known: 2, refused: 3 });
  });
});

Deno.test("a transaction of years ago is taken, and one that breaks a rule is not", async () => {
  await withNode(network, async (node) => {
    const since = NOW / 1_000 - 40 * 24 * 3600;
    const value = genesis.outputs[0]?.value ?? 0n;
    const of = (much: bigint) =>
      mineTransaction(
        { parents: [tx1, tx2], timestamp: since + 9 },
        [{ from: genesis, index: 0, owner: 0 }],
        [{ value: much, to: 1 }],
      );
    const blocks = chainOf(genesis, 1).map(hexOf);
    await importLines(node, blocks);
    const { counts, refused } = await importLines(node, [of(value), of(value - 1n)].map(hexOf));
    assertEquals(refused.map(({ line, code }) => [line, code]), [[2, "InputOutputMismatch"]]);
    assertEquals(counts.taken, 1);
  });
});

Deno.test("a double spend of the past is taken, and neither is held to what push_tx asks", async () => {
  await withNode(network, async (node) => {
    const lines = [...chainOf(genesis, 1), spendGenesis(7), spendGenesis(8, 1)].map(hexOf);
    const { counts } = await importLines(node, lines);
    assertEquals([counts.taken, counts.refused], [3, 0]);
  });
});

Deno.test("the first block of the main network is imported, with its work verified", async () => {
  const mainnet = shippedNetwork("mainnet");
  if (mainnet === undefined) throw new TypeError("no mainnet");
  await withNode({ ...mainnet, isShared: false }, async (node) => {
    const timestamp = mainnet.genesis.timestamp + 600;
    const fields = minimalBlock(await blockTemplate(node.node));
    const block = (nonce: bigint) => sealVertex({ ...fields, timestamp, nonce }).bytes.toHex();
    const { counts, refused } = await importLines(node, [block(710_815n), block(710_816n)]);
    assertEquals(counts.taken, 1);
    assertEquals(refused.map(({ line, code }) => [line, code]), [[2, "PowError"]]);
  });
});
