import { assert, assertEquals } from "@std/assert";
import type { Chain } from "../../../../src/log/chain.ts";
import { blockTemplate } from "../../../../src/ledgers/hathor/queries/templates.ts";
import { pythonTest } from "../../../support/programs.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { NANO_NETWORK, nanoScenarios, withContractNode } from "../support/nano_vectors.ts";
import { refuse, take, TestNode } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";

const HISTORY = { kind: "history" } as const;

/** What the rows of a chain hold that executing has to do with. */
const KEPT = [
  "metadata",
  "node",
  "run",
  "token",
  "blueprint",
  "ncCreation",
  "ncHistory",
  "history",
];

async function rowsOf(chain: Chain) {
  const kept = await Promise.all(KEPT.map((name) => chain.rows([name], 10_000)));
  return kept.flat().map(({ key, value }) => [key, value]);
}

pythonTest("rows are made anew without an engine, after failures and a reorganisation as well", [
  "hathorlib",
], async (python) => {
  const { failures } = nanoScenarios();
  assert(failures !== undefined);
  await withContractNode(python, async (node, log) => {
    for (const { hex } of failures.steps) await take(node, vertexOf(hex), HISTORY);
    const before = await rowsOf(node.chain);
    await node.chain.rebuild();
    assertEquals(await rowsOf(node.chain), before);
    const clock = new SteppedClock(Date.UTC(2027, 0, 1));
    const reader = await TestNode.open({ log, clock, network: NANO_NETWORK });
    assertEquals(await rowsOf(reader.chain), before);
  });
});

pythonTest("without an engine blocks that confirm calls are refused, and with it all goes on", [
  "hathorlib",
], async (python) => {
  const { tokens } = nanoScenarios();
  assert(tokens !== undefined);
  const at = tokens.steps.findIndex(({ name }) => name === "b4");
  const [before, rest] = [tokens.steps.slice(0, at), tokens.steps.slice(at)];
  await withContractNode(python, async (node, log) => {
    for (const { hex } of before) await take(node, vertexOf(hex), HISTORY);
    const clock = new SteppedClock(Date.UTC(2027, 0, 1));
    const other = await TestNode.open({ log, clock, network: NANO_NETWORK });
    const [b4, nc3] = rest;
    assert(b4 !== undefined && nc3 !== undefined);
    assertEquals((await refuse(other, vertexOf(b4.hex), HISTORY)).code, "NotExecutable");
    assertEquals((await refuse(other, vertexOf(nc3.hex), HISTORY)).code, "NotExecutable");
    // A block that is mined meanwhile passes over what waits, and what builds on it.
    const waiting = await node.mempool();
    const { parents, parentsAny } = await blockTemplate(other.node);
    assert(waiting.length > 0);
    assertEquals([...parents, ...parentsAny].filter((hash) => waiting.includes(hash)), []);
    for (const { hex } of rest) await take(node, vertexOf(hex), HISTORY);
    assertEquals((await node.bestBlock()).metadata.root, tokens.steps.at(-1)?.root);
  });
});
