import { assert, assertEquals } from "@std/assert";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { shippedNetwork } from "../../../../src/ledgers/hathor/networks/shipped.ts";
import { minimalBlock } from "../../../../src/ledgers/hathor/queries/template_block.ts";
import { blockTemplate } from "../../../../src/ledgers/hathor/queries/templates.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { mineBlock, mineTransaction, testNetwork } from "../support/builder.ts";
import { NOW, refuse, take, withNode } from "../support/test_node.ts";

const network = testNetwork();
const { block: genesis, tx1, tx2 } = genesisOf(network);
const ALL = genesis.outputs[0]?.value ?? 0n;
const DAYS = 24 * 3600;
const OLD = NOW / 1_000 - 30 * DAYS;

const block = mineBlock({ parents: [genesis, tx1, tx2], timestamp: OLD });

function spending(timestamp: number, tokens: readonly string[] = []) {
  return mineTransaction(
    { parents: [tx1, tx2], timestamp },
    [{ from: genesis, index: 0, owner: 0 }],
    [{ value: ALL, to: 1 }],
    tokens,
  );
}

Deno.test("what is old is refused of those who relay transactions, and of nobody else", async () => {
  const old = spending(OLD + 1);
  await withNode(network, async (node) => {
    await take(node, block, { kind: "mining" });
    const { code, message } = await refuse(node, old);
    assertEquals([code, message.includes("transaction is too old")], ["TimestampError", true]);
    await take(node, old, { kind: "push", allowsNonStandard: true });
    await take(node, mineBlock({ parents: [block, tx1, old], timestamp: OLD + 2 }));
  });
});

Deno.test("so is a list of tokens that is too long, or has one twice, or one without use", async () => {
  const uid = "ab".repeat(32);
  const many = Array.from({ length: 17 }, (_, n) => n.toString(16).padStart(64, "0"));
  for (
    const [tokens, code] of [
      [[uid], "UnusedTokensError"],
      [[uid, uid], "InvalidToken"],
      [many, "TooManyTokens"],
    ] as const
  ) {
    const tx = spending(NOW / 1_000 - 10, tokens);
    await withNode(network, async (node) => {
      await take(node, block);
      assertEquals((await refuse(node, tx)).code, code);
      await take(node, tx, { kind: "push", allowsNonStandard: true });
    });
  }
});

Deno.test("the first block after a main network's genesis is taken years later", async () => {
  const mainnet = shippedNetwork("mainnet");
  assert(mainnet !== undefined);
  // A network of one's own: of that of others there are no templates.
  await withNode({ ...mainnet, isShared: false }, async (node) => {
    const timestamp = mainnet.genesis.timestamp + 600;
    const fields = { ...minimalBlock(await blockTemplate(node.node)), timestamp, nonce: 710_815n };
    const answer = await node.intake.submitBlock(sealVertex(fields));
    assertEquals([answer.isAccepted, answer.isAccepted && answer.best.height], [true, 1]);
  });
});
