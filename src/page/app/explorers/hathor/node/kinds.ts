import { amountText, type Whole } from "../../common/whole.ts";

const KINDS: Readonly<Record<number, string>> = {
  0: "Block",
  1: "Transaction",
  2: "Token creation",
  3: "Merge-mined block",
  4: "Nano contract",
  5: "Block of an authority",
  6: "Blueprint",
};

/** Versions of blocks. */
const BLOCKS: readonly number[] = [0, 3, 5];

/** Decimal places of the amounts of every network there is. */
const DECIMALS = 2;

/** What is said in an output's `token_data` beside the index of its token: it is an authority. */
const AUTHORITY = 0x80;

/** What a version of a vertex is called. */
export function kindOf(version: number): string {
  return KINDS[version] ?? `Version ${version}`;
}

/** Whether a version is that of a block. */
export function isBlockVersion(version: number): boolean {
  return BLOCKS.includes(version);
}

/** Whether an output is one that mints or melts. */
export function isAuthorityOutput({ token_data }: { readonly token_data: number }): boolean {
  return (token_data & AUTHORITY) !== 0;
}

/** The index of an output's token: 0 is the network's own. */
export function tokenIndex({ token_data }: { readonly token_data: number }): number {
  return token_data & ~AUTHORITY;
}

/** What an output is worth, as text. */
export function valueText(
  output: { readonly value: Whole; readonly token_data: number },
): string {
  if (!isAuthorityOutput(output)) return tokenAmount(output.value);
  const rights = Number(output.value);
  return [rights & 1 ? "may mint" : "", rights & 2 ? "may melt" : ""].filter((text) => text !== "")
    .join(", ") || "no right";
}

/** An amount of any token, in the two decimal places that all have. */
export function tokenAmount(value: Whole): string {
  return amountText(value, DECIMALS);
}
