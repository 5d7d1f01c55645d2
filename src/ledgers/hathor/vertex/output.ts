import type { TxOutput } from "./vertex.ts";

const INDEX_MASK = 0x7f;
const AUTHORITY_BIT = 0x80;
/** Bits of the value of an authority: what it allows. */
export const MINT_BIT = 1n;
export const MELT_BIT = 2n;

/** Bits of `tokenData`: an authority, not an amount. */
export const AUTHORITY_MASK = AUTHORITY_BIT;

/** The largest mask that an authority's value may be. */
export const ALL_AUTHORITIES = MINT_BIT | MELT_BIT;

/** 0 for HTR, n for the vertex's nth token. */
export function tokenIndexOf(output: TxOutput): number {
  return output.tokenData & INDEX_MASK;
}

/** Whether the value is a mask of authorities, not an amount. */
export function isAuthority(output: TxOutput): boolean {
  return (output.tokenData & AUTHORITY_BIT) !== 0;
}

export function canMint(output: TxOutput): boolean {
  return isAuthority(output) && (output.value & MINT_BIT) !== 0n;
}

export function canMelt(output: TxOutput): boolean {
  return isAuthority(output) && (output.value & MELT_BIT) !== 0n;
}

/** The sum of the amounts, whatever tokens they are of. */
export function sumOfAmounts(outputs: readonly TxOutput[]): bigint {
  let sum = 0n;
  for (const output of outputs) if (!isAuthority(output)) sum += output.value;
  return sum;
}
