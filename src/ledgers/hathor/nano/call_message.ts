import { addressTextOf, parseAddressScript } from "../script/patterns.ts";
import type { Network } from "../networks/network.ts";
import { workOf } from "../rules/work.ts";
import type { NanoHeader } from "../vertex/nano_header.ts";
import { tokensOf, tokenUidAt, type Transaction, type TxOutput } from "../vertex/vertex.ts";

/** A transaction that calls a contract, with the outputs that it spends in the order of its inputs. */
export interface ContractCall {
  readonly tx: Transaction;
  readonly header: NanoHeader;
  readonly spent: readonly TxOutput[];
}

/** A transaction of a block, as the order of the block's calls depends on it. */
export function orderMessage(tx: Transaction, header: NanoHeader | undefined) {
  return {
    hash: tx.hash,
    timestamp: tx.timestamp,
    inputs: tx.inputs.map(({ txId }) => txId),
    call: header === undefined ? null : {
      contract: header.contractId,
      address: header.address.toHex(),
      sequence: `${header.sequence}`,
    },
  };
}

/** Who called which number: what is left of a call that is not executed. */
export function callerMessage(tx: Transaction, header: NanoHeader) {
  return { hash: tx.hash, address: header.address.toHex(), sequence: `${header.sequence}` };
}

/** A transaction as its contract is shown it. */
export function callMessage(network: Network, { tx, header, spent }: ContractCall) {
  return {
    hash: tx.hash,
    version: tx.version,
    nonce: tx.nonce,
    signalBits: tx.signalBits,
    work: `${workOf(tx.weight)}`,
    timestamp: tx.timestamp,
    tokens: tokensOf(tx),
    parents: tx.parents,
    inputs: tx.inputs.map(({ txId, index, data }, at) => {
      const output = spent[at];
      return {
        txId,
        index,
        data: data.toHex(),
        output: output === undefined ? null : outputMessage(network, output),
      };
    }),
    outputs: tx.outputs.map((output) => outputMessage(network, output)),
    call: {
      contract: header.contractId,
      sequence: `${header.sequence}`,
      method: header.method,
      arguments: header.arguments.toHex(),
      address: header.address.toHex(),
      actions: header.actions.map(({ type, tokenIndex, amount }) => ({
        type,
        token: tokenUidAt(tx, tokenIndex),
        amount: `${amount}`,
      })),
    },
  };
}

function outputMessage(network: Network, { value, tokenData, script }: TxOutput) {
  const parsed = parseAddressScript(script);
  return {
    value: `${value}`,
    tokenData,
    script: script.toHex(),
    parsed: parsed === undefined ? null : {
      type: parsed.type,
      address: addressTextOf(network, parsed),
      timelock: parsed.timelock ?? null,
    },
  };
}
