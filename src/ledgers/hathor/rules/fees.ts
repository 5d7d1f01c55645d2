import type { Network } from "../networks/network.ts";
import type { FeeHeader } from "../vertex/headers.ts";
import { HTR_UID, tokensOf, tokenUidAt, type Transaction } from "../vertex/vertex.ts";
import { VertexRefusal } from "./refusal.ts";

const MAX_FEES = 16;

/** Asserts that a fee header is in order, as far as it can tell by itself. */
export function assertFees(network: Network, tx: Transaction, { fees }: FeeHeader): void {
  if (fees.length === 0) throw invalidHeader("fees cannot be empty");
  if (fees.length > MAX_FEES) {
    throw invalidHeader(`more fees than the max allowed: ${fees.length} > ${MAX_FEES}`);
  }
  if (new Set(fees.map(({ tokenIndex }) => tokenIndex)).size !== fees.length) {
    throw invalidHeader("duplicate token indexes in fees list");
  }
  for (const { tokenIndex, amount } of fees) {
    if (tokenIndex > tokensOf(tx).length) {
      throw new VertexRefusal(
        "FeeHeaderTokenNotFound",
        `fees contains token index ${tokenIndex} which is not in tokens list`,
      );
    }
    const divisor = network.depositDenominator / network.depositNumerator;
    if (tokenIndex !== 0 && amount % divisor !== 0n) {
      throw new VertexRefusal(
        "InvalidFeeAmount",
        `fees using deposit custom tokens should be a multiple of ${divisor}, got ${amount}`,
      );
    }
  }
}

/** What the fees of a header are worth in HTR. */
export function totalFee(network: Network, tx: Transaction, { fees }: FeeHeader): bigint {
  let total = 0n;
  for (const { tokenIndex, amount } of fees) {
    const isNative = tokenUidAt(tx, tokenIndex) === HTR_UID;
    total += isNative ? amount : withdrawalFor(network, amount);
  }
  return total;
}

/** HTR that minting an amount of a token locks up. */
export function depositFor(network: Network, minted: bigint): bigint {
  const { depositNumerator, depositDenominator } = network;
  if (network.isDepositInDoubles) return BigInt(Math.ceil(inDoubles(network, minted)));
  return (depositNumerator * minted + depositDenominator - 1n) / depositDenominator;
}

/** HTR that melting an amount of a token gives back. */
export function withdrawalFor(network: Network, melted: bigint): bigint {
  if (network.isDepositInDoubles) return BigInt(Math.floor(inDoubles(network, melted)));
  return network.depositNumerator * melted / network.depositDenominator;
}

function inDoubles({ depositNumerator, depositDenominator }: Network, amount: bigint): number {
  return Number(depositNumerator) / Number(depositDenominator) * Number(amount);
}

function invalidHeader(message: string): VertexRefusal {
  return new VertexRefusal("InvalidFeeHeader", message);
}
