import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { SignatureBatch, type SignatureClaim } from "../../../../src/crypto/signature_batch.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { Op } from "../../../../src/ledgers/hathor/script/opcodes.ts";
import { buildScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { spendClaims } from "../../../../src/ledgers/hathor/script/spend_claims.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import type { Transaction, Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { mined, Signer } from "../../../bench/hathor_money.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import { WatchedWorkers } from "../../../support/watched_workers.ts";
import { mineBlock, testNetwork } from "../support/builder.ts";
import { NOW, take, TestNode } from "../support/test_node.ts";

const START = 1_795_308_000;

const signer = new Signer();
const network = networkOwnedBy(signer);
const { block: genesis, tx1, tx2 } = genesisOf(network);

function networkOwnedBy({ script }: Signer): Network {
  const base = testNetwork();
  const owned = { ...base, genesis: { ...base.genesis, outputScript: script } };
  const { block, tx1, tx2 } = genesisOf(owned);
  const hashes = { blockHash: block.hash, tx1Hash: tx1.hash, tx2Hash: tx2.hash };
  return { ...owned, genesis: { ...owned.genesis, ...hashes } };
}

/** Payments of the genesis' money, each of what the one before it has paid. */
function payments(count: number): Transaction[] {
  const made: Transaction[] = [];
  for (let at = 0; at < count; at++) {
    const from: Vertex = made.at(-1) ?? genesis;
    const place = { parents: [tx1, tx2], timestamp: START + at };
    made.push(signer.pay({ from, index: 0 }, place).tx);
  }
  return made;
}

/** The same transaction with other data in its input. */
function withData(tx: Transaction, data: Uint8Array): Transaction {
  const { hash: _hash, bytes: _bytes, ...fields } = tx;
  const inputs = fields.inputs.map((input) => ({ ...input, data }));
  return mined((nonce) => sealVertex({ ...fields, inputs, nonce }));
}

/** A payment with the signature of the same signer over something else, and more that is wrong. */
function wrongOnes(): Transaction[] {
  const [tx, other] = payments(2);
  assert(tx !== undefined && other !== undefined);
  const data = other.inputs[0]?.data ?? new Uint8Array();
  const [signature, key] = [data.slice(1, 1 + (data[0] ?? 0)), data.slice(-33)];
  const stranger = new Signer().pay(
    { from: genesis, index: 0 },
    { parents: [tx1, tx2], timestamp: START },
  ).tx;
  return [
    withData(tx, data),
    stranger,
    ...[
      [signature, Uint8Array.of(2, ...new Uint8Array(32).fill(0xff))],
      [signature, Uint8Array.of(4, ...key.subarray(1))],
      [signature.subarray(1), key],
      [new Uint8Array(200), key],
      [signature],
      [],
    ].map((parts) => withData(tx, buildScript(parts))),
  ];
}

/** Find all right without looking. */
class CredulousWorkers extends WatchedWorkers {
  override send(claims: readonly SignatureClaim[]): SignatureBatch {
    const batch = SignatureBatch.of(claims);
    for (let at = 0; at < claims.length; at++) {
      batch.take(at);
      batch.setRight(at);
    }
    return batch;
  }
}

async function withNode(
  body: (node: TestNode, workers: WatchedWorkers) => Promise<void>,
  workers = new WatchedWorkers(),
): Promise<void> {
  const clock = new SteppedClock(NOW);
  await inMemory(async (log) => {
    try {
      const node = await TestNode.open({ log, clock, network, signatures: workers });
      await node.start();
      // The genesis can be spent after a block.
      await take(node, mineBlock({ parents: [genesis, tx1, tx2], timestamp: START - 1 }));
      await body(node, workers);
    } finally {
      workers.stop();
    }
  }, { projectionOf: chainProjection, clock });
}

/** Sends vertices one right after another, without waiting for any, and awaits the answers. */
async function burst(node: TestNode, vertices: readonly Vertex[]): Promise<string[]> {
  const answers = await Promise.all(
    vertices.map((vertex) => node.acceptBytes(encodeVertex(vertex))),
  );
  return answers.map((answer) => answer.isAccepted ? "accepted" : answer.message);
}

function accepted(vertices: readonly Vertex[]): string[] {
  return vertices.map(() => "accepted");
}

Deno.test("payments that spend each other are all taken when sent at once", async () => {
  const chain = payments(120);
  await withNode(async (node, workers) => {
    await workers.warm();
    assertEquals(await burst(node, chain), accepted(chain));
    assertEquals(workers.batches.map(({ size }) => size), [chain.length]);
    assertEquals(await node.mempool(), chain.map(({ hash }) => hash));
    assertEquals(await node.chain.compareRows(), undefined);
  });
});

Deno.test("a payment sent ahead of what it spends is refused in a burst as well", async () => {
  const chain = payments(9);
  await withNode(async (node) => {
    const [first, ...others] = chain.toReversed();
    assert(first !== undefined);
    const answers = await burst(node, [first, ...others]);
    assertEquals(answers.at(-1), "accepted", "the one that spends the genesis");
    assertEquals(answers.filter((answer) => answer === "accepted").length, 1);
  });
});

Deno.test("wrong signatures are refused in the same words in a burst and alone", async () => {
  const wrong = wrongOnes();
  const chain = payments(40);
  const alone: string[] = [];
  await withNode(async (node, workers) => {
    for (const tx of wrong) alone.push(...await burst(node, [tx]));
    assertEquals(workers.batches, [], "one at a time is verified where it is");
  });
  for (const answer of alone) assertNotEquals(answer, "accepted");
  await withNode(async (node, workers) => {
    await workers.warm();
    // Behind the others, so that workers come to them first.
    const answers = await burst(node, [...chain, ...wrong, ...wrong]);
    assert(workers.batches.length > 0);
    assertEquals(answers, [...accepted(chain), ...alone, ...alone]);
  });
});

Deno.test("workers that end in the middle of a burst harm nothing", async () => {
  const chain = payments(120);
  await withNode(async (node, workers) => {
    await workers.warm();
    let isOver = false;
    const taken = burst(node, chain).finally(() => isOver = true);
    await until("a worker that has begun", () => (
      isOver || workers.batches.some((batch) => chain.some((_, at) => batch.isRight(at)))
    ));
    workers.stop();
    assertEquals(await taken, accepted(chain));
  });
});

Deno.test("what workers have found right is not verified again", async () => {
  const [wrong] = wrongOnes();
  assert(wrong !== undefined);
  const others = payments(9).slice(1);
  await withNode(async (node) => {
    assertNotEquals(await burst(node, [wrong]), ["accepted"]);
    const [answer] = await burst(node, [wrong, ...others]);
    assertEquals(answer, "accepted");
  }, new CredulousWorkers());
});

Deno.test("an input with one signature and one key claims that they belong together", () => {
  const { tx, signature, sighash, point } = signer.pay(
    { from: genesis, index: 0 },
    { parents: [tx1, tx2], timestamp: START },
  );
  const claim = { signature, data: sighash, key: point };
  assertEquals(spendClaims(tx), [claim]);
  const long = [Op.pushData1, signature.length, ...signature, Op.pushData1, point.length, ...point];
  assertEquals(spendClaims(withData(tx, Uint8Array.from(long))), [claim]);
  const data = buildScript([signature, point]);
  for (
    const other of [
      new Uint8Array(),
      data.subarray(0, -1),
      Uint8Array.of(...data, 0),
      buildScript([signature, signature, point]),
      buildScript([signature, Uint8Array.of(4, ...point.subarray(1))]),
      Uint8Array.of(Op.sixteen, ...data),
      Uint8Array.of(Op.pushData1),
    ]
  ) assertEquals(spendClaims(withData(tx, other)), [], other.toHex());
});
