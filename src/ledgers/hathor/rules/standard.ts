import type { Network } from "../networks/network.ts";
import { isDataScript, parseAddressScript } from "../script/patterns.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { isTokenCreation, type Transaction, type TxOutput } from "../vertex/vertex.ts";

/**
 * Whether `push_tx` takes a transaction: its outputs pay to addresses, or keep data, and are small.
 */
export function isStandard(network: Network, tx: Transaction): boolean {
  if (isTokenCreation(tx) && isStandardNft(network, tx.outputs)) return true;
  let dataOutputs = 0;
  for (const output of tx.outputs) {
    if (isStandardOutput(network, output)) continue;
    if (!isSmall(network, output) || !isDataScript(output.script)) return false;
    if (++dataOutputs > network.standardMaxDataOutputs) return false;
  }
  return true;
}

/** Whether the outputs of a token creation make an NFT: its data first, then only addresses. */
function isStandardNft(network: Network, [first, ...rest]: readonly TxOutput[]): boolean {
  if (first === undefined || rest.length === 0) return false;
  return isDataScript(first.script) && first.value === 1n && first.tokenData === 0 &&
    isSmall(network, first) &&
    rest.every((output) => isStandardOutput(network, output) && tokenIndexOf(output) <= 1);
}

function isStandardOutput(network: Network, output: TxOutput): boolean {
  return isSmall(network, output) && parseAddressScript(output.script) !== undefined;
}

function isSmall(network: Network, { script }: TxOutput): boolean {
  return script.length <= network.standardMaxScriptSize;
}
