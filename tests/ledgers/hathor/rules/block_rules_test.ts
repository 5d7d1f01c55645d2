import { assert, assertEquals, assertThrows } from "@std/assert";
import { activeFeatures } from "../../../../src/ledgers/hathor/networks/features.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import { assertAuxPow } from "../../../../src/ledgers/hathor/rules/aux_pow_rules.ts";
import type { RuleContext } from "../../../../src/ledgers/hathor/rules/context.ts";
import {
  VertexRefusal,
  type VertexRefusalCode,
} from "../../../../src/ledgers/hathor/rules/refusal.ts";
import {
  assertRewardsUnlocked,
  lockedReward,
  minBlockHeight,
  minTransactionHeight,
} from "../../../../src/ledgers/hathor/rules/reward_lock.ts";
import {
  type BlockRequirements,
  verifyBlock,
} from "../../../../src/ledgers/hathor/rules/verify_block.ts";
import type { AuxPow } from "../../../../src/ledgers/hathor/vertex/aux_pow.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  type Block,
  type BlockFields,
  HTR_UID,
  TokenVersion,
  type Vertex,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { floatWeight, integerWeight } from "../../../../src/ledgers/hathor/vertex/weight.ts";
import { blockOf, networkOf, vertexVectors } from "../support/vectors.ts";

const network = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });
const { block: genesis, tx1, tx2 } = genesisOf(network);

function contextOf(of: Network = network, now?: number): RuleContext {
  return { network: of, features: activeFeatures(of.features), now };
}

const required: BlockRequirements = {
  height: 1,
  minWeight: floatWeight(1),
  reward: 6400n,
  minHeight: 0,
  bestHeight: 0,
  signals: { states: {}, bitCounts: [0, 0, 0, 0] },
};

function dependenciesIn(...vertices: Vertex[]) {
  const byHash = new Map(vertices.map((vertex) => [vertex.hash, vertex]));
  return {
    vertex: (hash: string) => byHash.get(hash),
    tokenVersion: (uid: string) => uid === HTR_UID ? TokenVersion.native : undefined,
  };
}

const parents = dependenciesIn(genesis, tx1, tx2);
const golden = new Map(vertexVectors());
const first = blockOf(golden.get("block_height1")?.hex ?? "");
assert(first.version === 0);
const firstFields: BlockFields = first;

Deno.test("the first block that the live node took is taken here", () => {
  verifyBlock(contextOf(), first, required, parents);
  verifyBlock(contextOf(), first, { ...required, minWeight: undefined }, parents);
});

/** The first block with changes, and a nonce that makes up for them. */
function changed(changes: Partial<BlockFields>): Block {
  for (let nonce = 0n;; nonce++) {
    const fields: BlockFields = { ...firstFields, ...changes, nonce };
    const block = sealVertex(fields);
    if (BigInt(`0x${block.hash}`) < 2n ** 254n) return block;
  }
}

function refusal(run: () => void): [VertexRefusalCode, string] {
  const error = assertThrows(run, VertexRefusal);
  return [error.code, error.message];
}

const [reward] = first.outputs;
assert(reward !== undefined);

const FAULTS: readonly [string, Partial<BlockFields>, VertexRefusalCode, string][] = [
  [
    "weighs too little",
    { weight: 0.5 },
    "WeightError",
    "weight (0.5) is smaller than the minimum weight (1.0)",
  ],
  [
    "makes too much",
    { outputs: [{ ...reward, value: 6401n }] },
    "InvalidBlockReward",
    "issued=6401 allowed=6400",
  ],
  [
    "sets bits of no meaning",
    { signalBits: 0b10001 },
    "UnknownSignalBits",
    "vertex has unknown signal bits: 0b10001",
  ],
  [
    "pays in another token",
    { outputs: [{ ...reward, tokenData: 1 }] },
    "BlockWithTokensError",
    "in output: {'type': 'P2PKH', 'address': '",
  ],
  [
    "makes an authority",
    { outputs: [reward, { ...reward, value: 1n, tokenData: 128 }] },
    "InvalidToken",
    "Cannot have authority UTXO for hathor tokens: {'type': 'P2PKH'",
  ],
  [
    "says too much",
    { data: new Uint8Array(101) },
    "TransactionDataError",
    "block data has 101 bytes",
  ],
  [
    "has a script that cannot be read",
    { outputs: [{ ...reward, script: new Uint8Array([5, 1]) }] },
    "ScriptError",
    "length (5) should be from 0 up to data length",
  ],
  [
    "is as old as its parent",
    { timestamp: tx2.timestamp },
    "TimestampError",
    `parent=${tx2.hash} timestamp=${tx2.timestamp}`,
  ],
  [
    "has its parents in another order",
    { parents: [tx1.hash, genesis.hash, tx2.hash] },
    "IncorrectParents",
    "Parents which are blocks must come before transactions",
  ],
  [
    "has too few parents",
    { parents: [genesis.hash, tx1.hash] },
    "IncorrectParents",
    "wrong number of parents (tx type): 1, expecting 2",
  ],
  [
    "has no parent block",
    { parents: [tx1.hash, tx2.hash] },
    "IncorrectParents",
    "wrong number of parents (block type): 0, expecting 1",
  ],
  [
    "has a parent twice",
    { parents: [genesis.hash, tx1.hash, tx1.hash] },
    "DuplicatedParents",
    `('Tx has duplicated parents: {}', ['${genesis.hash}', '${tx1.hash}', '${tx1.hash}'])`,
  ],
  ["weighs nothing that is a number", { weight: Infinity }, "WeightError", ""],
];

for (const [what, changes, code, message] of FAULTS) {
  Deno.test(`a block that ${what} is refused in the original's words`, () => {
    const [actual, text] = refusal(() =>
      verifyBlock(contextOf(), changed(changes), required, parents)
    );
    assertEquals(actual, code);
    assert(text.includes(message), text);
  });
}

Deno.test("a block without the work for its weight is refused", () => {
  const block = changed({ weight: 200 });
  const [code, text] = refusal(() => verifyBlock(contextOf(), block, required, parents));
  assertEquals(code, "PowError");
  assert(text.startsWith("Transaction has invalid data ("), text);
});

Deno.test("a block that comes too long after its parent is refused, but not after the genesis", () => {
  const later = changed({
    timestamp: first.timestamp + 4501,
    parents: [first.hash, tx1.hash, tx2.hash],
  });
  const dependencies = dependenciesIn(genesis, first, tx1, tx2);
  const second = { ...required, height: 2 };
  assertEquals(refusal(() => verifyBlock(contextOf(), later, second, dependencies)), [
    "TimestampError",
    "Distance between blocks is too big (4501 seconds)",
  ]);
});

Deno.test("a block may not confirm what spends a reward too early", () => {
  const early = { ...required, minHeight: 5 };
  assertEquals(refusal(() => verifyBlock(contextOf(), first, early, parents)), [
    "RewardLocked",
    "Block needs 5 height but has 1",
  ]);
});

Deno.test("an integer as the least weight is told as one", () => {
  const heavy = { ...required, minWeight: integerWeight(21) };
  const [, text] = refusal(() => verifyBlock(contextOf(), first, heavy, parents));
  assert(text.endsWith("weight (1.0) is smaller than the minimum weight (21)"), text);
});

Deno.test("a block that does not signal what it must is refused", () => {
  const criteria = {
    bit: 0,
    startHeight: 0,
    timeoutHeight: 8,
    minimumActivationHeight: 0,
    isLockedInOnTimeout: true,
    threshold: 4,
    isSignalledByDefault: false,
    version: "0.0.0",
  };
  const featureActivation = {
    ...network.featureActivation,
    evaluationInterval: 4,
    criteria: { FEE_TOKENS: criteria },
  };
  const of: Network = { ...network, featureActivation };
  const signals = { states: { FEE_TOKENS: "MUST_SIGNAL" }, bitCounts: [0, 0, 0, 0] } as const;
  const run = () => verifyBlock(contextOf(of), first, { ...required, signals }, parents);
  assertEquals(refusal(run), [
    "BlockMustSignalError",
    "Block must signal support for feature 'FEE_TOKENS' during MUST_SIGNAL phase.",
  ]);
});

Deno.test("checkpoints are kept to", () => {
  const of = { ...network, checkpoints: new Map([[1, "ab".repeat(32)]]) };
  const forked = { ...required, bestHeight: 3 };
  assertEquals(refusal(() => verifyBlock(contextOf(of), first, required, parents)), [
    "CheckpointError",
    "invalid checkpoint block (height=1)",
  ]);
  assertEquals(refusal(() => verifyBlock(contextOf(of), first, forked, parents)), [
    "CheckpointError",
    "forking within checkpoints is forbidden",
  ]);
  const right = { ...network, checkpoints: new Map([[1, first.hash]]) };
  verifyBlock(contextOf(right), first, required, parents);
});

const merged = blockOf(golden.get("merge_mined_block")?.hex ?? "");
assert(merged.version === 3);
const { auxPow } = merged;

Deno.test("a merge-mined block's proof has its mark once, and a short path", () => {
  const head = (text: string) => new TextEncoder().encode(text);
  const path = (length: number) => Array.from({ length }, () => new Uint8Array(32));
  assertAuxPow(contextOf(), auxPow);
  assertAuxPow(contextOf(), { ...auxPow, merklePath: path(12) });
  for (
    const [change, code, message] of [
      [{ coinbaseHead: head("nothing") }, "AuxPowNoMagicError", "cannot find MAGIC_NUMBER"],
      [{ coinbaseHead: head("HathHath") }, "AuxPowUnexpectedMagicError", "unexpected MAGIC_NUMBER"],
      [{ merklePath: path(13) }, "AuxPowLongMerklePathError", "merkle_path too long: 13 > 12"],
    ] satisfies [Partial<AuxPow>, VertexRefusalCode, string][]
  ) {
    assertEquals(refusal(() => assertAuxPow(contextOf(), { ...auxPow, ...change })), [
      code,
      message,
    ]);
  }
  const longer = { ...contextOf(), features: activeFeatures(network.features, () => true) };
  assertAuxPow(longer, { ...auxPow, merklePath: path(20) });
});

Deno.test("a reward can be spent once enough blocks are on top of it", () => {
  const of = networkOf("unittests");
  const spent = [{ hash: "aa", height: 3 }];
  assertEquals(lockedReward(of, spent, 12), { hash: "aa", blocksNeeded: 1 });
  assertEquals(lockedReward(of, spent, 13), undefined);
  assertEquals(minTransactionHeight(of, [0, 5], [3]), 14);
  assertEquals(minTransactionHeight(of, [], []), 0);
  assertEquals(minBlockHeight([14, 2]), 14);
  const tx = { hash: "bb", minHeight: 14 };
  assertRewardsUnlocked(of, tx, spent, 13);
  assertEquals(refusal(() => assertRewardsUnlocked(of, tx, spent, 11)), [
    "RewardLocked",
    "Reward aa still needs 2 to be unlocked.",
  ]);
  assertEquals(refusal(() => assertRewardsUnlocked(of, tx, [], 12)), [
    "RewardLocked",
    "Tx bb has min_height=14, but the best_height=12.",
  ]);
});
