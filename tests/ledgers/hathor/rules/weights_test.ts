import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import {
  ancestorsNeeded,
  minBlockWeight,
  type WeightedBlock,
} from "../../../../src/ledgers/hathor/rules/block_weight.ts";
import { depositFor, withdrawalFor } from "../../../../src/ledgers/hathor/rules/fees.ts";
import { minedTokens, rewardAt } from "../../../../src/ledgers/hathor/rules/reward.ts";
import {
  minTransactionWeight,
  minWeightOf,
} from "../../../../src/ledgers/hathor/rules/tx_weight.ts";
import {
  minSignificantWeight,
  targetOf,
  weightOfWork,
  workOf,
} from "../../../../src/ledgers/hathor/rules/work.ts";
import { sumWeights, weightText } from "../../../../src/ledgers/hathor/vertex/weight.ts";
import { networkOf, readVectors, transactionOf } from "../support/vectors.ts";

const daaCase = z.object({
  case: z.string(),
  tip_height: z.number(),
  avg_time: z.number(),
  block_timestamp_minus_parent: z.number(),
  next_weight: z.number(),
});

const networkVectors = z.object({
  daa: z.array(daaCase),
  min_tx_weight: z.array(
    z.object({
      hex: z.string(),
      size: z.number(),
      sum_outputs: z.number(),
      min_weight: z.number(),
    }),
  ),
  block_reward: z.array(z.object({ height: z.number(), reward: z.number() })),
  mined_tokens: z.array(z.object({ height: z.number(), total: z.number() })),
  weight_to_work: z.array(z.object({ weight: z.number(), work: z.string() })),
  work_to_weight: z.array(z.object({ work: z.string(), weight: z.number() })),
  sum_weights: z.array(z.tuple([z.number(), z.number(), z.number()])),
  targets: z.array(z.object({ weight: z.number(), target: z.string() })),
});

const { networks, encodings } = readVectors(
  "hathor.json",
  z.object({
    networks: z.record(z.string(), networkVectors),
    encodings: z.object({
      token_deposit: z.array(z.object({
        mint_or_melt_amount: z.number(),
        deposit_for_mint: z.number(),
        withdraw_for_melt: z.number(),
      })),
    }),
  }),
);

for (const [name, vectors] of Object.entries(networks)) {
  const network = networkOf(name);

  Deno.test(`every golden block weight of ${name} is met to the last bit`, () => {
    assertEquals(vectors.daa.length, 56);
    for (const one of vectors.daa) {
      const chain = chainOf(network, one);
      const parent = chain.at(-1) ?? { timestamp: 0 };
      const weight = minBlockWeight(network, chain, {
        parentHeight: one.tip_height,
        timestamp: parent.timestamp + one.block_timestamp_minus_parent,
        isReduced: one.avg_time === 7.5,
      });
      assertEquals(weight.value, one.next_weight, JSON.stringify(one));
      assertEquals(weight.isInteger, one.next_weight === network.minBlockWeight);
    }
  });

  Deno.test(`every golden transaction weight of ${name} is met to the last bit`, () => {
    for (const { hex, size, sum_outputs, min_weight } of vectors.min_tx_weight) {
      const tx = transactionOf(hex);
      assertEquals(tx.bytes.length, size);
      assertEquals(minTransactionWeight(network, tx).value, min_weight);
      assertEquals(minWeightOf(network, size, BigInt(sum_outputs)).value, min_weight);
    }
  });

  Deno.test(`rewards of ${name} are halved where they should be`, () => {
    for (const { height, reward } of vectors.block_reward) {
      assertEquals(rewardAt(network, height), BigInt(reward));
      assertEquals(rewardAt(network, height, { isReduced: true }), BigInt(reward) / 4n);
    }
    for (const { height, total } of vectors.mined_tokens) {
      assertEquals(minedTokens(network, height), BigInt(total));
    }
  });

  Deno.test(`works and targets of ${name} are the original's`, () => {
    for (const { weight, work } of vectors.weight_to_work) assertEquals(`${workOf(weight)}`, work);
    for (const { work, weight } of vectors.work_to_weight) {
      assertEquals(weightOfWork(BigInt(work)), weight);
    }
    for (const [a, b, sum] of vectors.sum_weights) assertEquals(sumWeights(a, b), sum);
    for (const { weight, target } of vectors.targets) {
      const text = targetOf(weight, Number.isInteger(weight)).toString(16);
      assertEquals(text.padStart(64, "0"), target);
    }
  });
}

/** The chain that a case's name describes, its genesis first. */
function chainOf(network: Network, { case: name, tip_height }: z.infer<typeof daaCase>) {
  const chain: WeightedBlock[] = [{ timestamp: 1_600_000_000, weight: network.minBlockWeight }];
  for (let height = 1; height <= tip_height; height++) {
    const { time, weight } = blockOf(name, tip_height, height);
    const parent = chain.at(-1)?.timestamp ?? 0;
    chain.push({ timestamp: parent + time, weight });
  }
  return chain;
}

function blockOf(name: string, tip: number, height: number): { time: number; weight: number } {
  const fixed = /dt=(\d+)/.exec(name)?.[1];
  if (name.includes("varying")) {
    return { time: 10 + (height * 7) % 41, weight: 60 + (height % 13) * 0.25 };
  }
  const time = Number(fixed ?? 30);
  if (tip === 300) return { time, weight: 60 };
  return { time, weight: tip === 50 ? 40 : 25 };
}

Deno.test("a weight of one stands for half of all hashes", () => {
  assertEquals(targetOf(1), 2n ** 255n);
  assertEquals(targetOf(300), 0n);
  assertEquals(targetOf(-1e6), 2n ** 256n);
});

Deno.test("only so many ancestors are asked for as the window is long", () => {
  const network = networkOf("mainnet");
  assertEquals([5, 10, 11, 268, 269, 5000].map((height) => ancestorsNeeded(network, height)), [
    0,
    0,
    11,
    268,
    269,
    269,
  ]);
});

Deno.test("in test mode nothing costs work, but for the genesis of another mode", () => {
  const network = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });
  const context = { parentHeight: 300, timestamp: 5 };
  assertEquals(weightText(minBlockWeight(network, [], context)), "1.0");
  const { hex } = networks.privatenet?.min_tx_weight[0] ?? { hex: "" };
  assertEquals(weightText(minTransactionWeight(network, transactionOf(hex))), "1.0");
  assertEquals(weightText(minWeightOf(networkOf("mainnet"), 60, 1n)), "14");
});

Deno.test("the least weight that shows in a score grows with the score", () => {
  assert(minSignificantWeight(2n ** 60n) < 60);
  assert(minSignificantWeight(2n ** 60n) > 25);
});

Deno.test("deposits are rounded up and withdrawals down", () => {
  const network = networkOf("mainnet");
  for (const one of encodings.token_deposit) {
    const amount = BigInt(one.mint_or_melt_amount);
    assertEquals(depositFor(network, amount), BigInt(one.deposit_for_mint));
    assertEquals(withdrawalFor(network, amount), BigInt(one.withdraw_for_melt));
  }
});
