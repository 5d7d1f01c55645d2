import { isAuthorityOutput } from "./node/kinds.ts";
import type { ListedVertex, NodeOutput } from "./node/answers.ts";

/** What a vertex brings to an address of one token, or takes from it. */
export interface Change {
  readonly token: string;
  readonly value: bigint;
}

/** What a vertex changes for an address, by tokens: what comes to nothing is left out. */
export function changesOf(
  { inputs, outputs }: Pick<ListedVertex, "inputs" | "outputs">,
  address: string,
): readonly Change[] {
  const sums = new Map<string, bigint>();
  const add = (output: NodeOutput & { readonly token: string }, sign: bigint) => {
    if (output.decoded.address !== address || isAuthorityOutput(output)) return;
    sums.set(output.token, (sums.get(output.token) ?? 0n) + sign * BigInt(output.value));
  };
  for (const input of inputs) add(input, -1n);
  for (const output of outputs) add(output, 1n);
  return [...sums].map(([token, value]) => ({ token, value })).filter(({ value }) => value !== 0n);
}
