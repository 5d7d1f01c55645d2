import { isGenesis, type Network } from "../networks/network.ts";
import { sumOfAmounts } from "../vertex/output.ts";
import type { Transaction } from "../vertex/vertex.ts";
import { floatWeight, integerWeight, log2ByQuotient, type Weight } from "../vertex/weight.ts";

/** The least that a transaction may weigh: more for more bytes, and for more money up to a bound. */
export function minTransactionWeight(network: Network, tx: Transaction): Weight {
  if (network.testMode.transactions) return floatWeight(1);
  if (isGenesis(network, tx.hash)) return integerWeight(network.minTxWeight);
  return minWeightOf(network, tx.bytes.length, sumOfAmounts(tx.outputs));
}

/** The same for a transaction of `size` bytes whose amounts sum up to `sum`. */
export function minWeightOf(network: Network, size: number, sum: bigint): Weight {
  const amount = quotientOf(sum < 1n ? 1n : sum, 10n ** BigInt(network.decimalPlaces));
  const value = network.minTxWeightCoefficient * log2ByQuotient(size) +
    4 / (1 + network.minTxWeightK / amount) + 4;
  return value >= network.minTxWeight ? floatWeight(value) : integerWeight(network.minTxWeight);
}

/** The double nearest to a quotient of integers. */
function quotientOf(dividend: bigint, divisor: bigint): number {
  if (dividend <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(dividend) / Number(divisor);
  // Far more bits than a double has, with a last one that tells whether something was left.
  const scaled = dividend << 64n;
  const rest = scaled % divisor === 0n ? 0n : 1n;
  return Number((scaled / divisor) | rest) / 2 ** 64;
}
