import { LedgerError } from "../../../kernel/errors.ts";
import { sealVertex } from "../vertex/seal.ts";
import { type Block, type Transaction, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import type { Network } from "./network.ts";

/** A network's first vertices: the block and two transactions, a second apart. */
export interface Genesis {
  readonly block: Block;
  readonly tx1: Transaction;
  readonly tx2: Transaction;
}

/** Makes a network's first vertices. Their hashes are not compared with the settings'. */
export function genesisOf(network: Network): Genesis {
  const { genesis } = network;
  const block = sealVertex({
    version: VertexVersion.block,
    signalBits: 0,
    outputs: [{ value: genesis.amount, tokenData: 0, script: genesis.outputScript }],
    weight: network.minBlockWeight,
    timestamp: genesis.timestamp,
    parents: [],
    data: new Uint8Array(),
    nonce: genesis.blockNonce,
  });
  return {
    block,
    tx1: genesisTransaction(network, genesis.timestamp + 1, genesis.tx1Nonce),
    tx2: genesisTransaction(network, genesis.timestamp + 2, genesis.tx2Nonce),
  };
}

function genesisTransaction(network: Network, timestamp: number, nonce: number): Transaction {
  return sealVertex({
    version: VertexVersion.transaction,
    signalBits: 0,
    tokens: [],
    inputs: [],
    outputs: [],
    weight: network.minTxWeight,
    timestamp,
    parents: [],
    nonce,
    headers: [],
  });
}

/** Throws a LedgerError `config_invalid` unless the genesis has the hashes of the settings. */
export function assertGenesis(network: Network): void {
  const { block, tx1, tx2 } = genesisOf(network);
  assertHash("GENESIS_BLOCK_HASH", block, network.genesis.blockHash);
  assertHash("GENESIS_TX1_HASH", tx1, network.genesis.tx1Hash);
  assertHash("GENESIS_TX2_HASH", tx2, network.genesis.tx2Hash);
}

function assertHash(name: string, vertex: Vertex, expected: string): void {
  if (vertex.hash === expected) return;
  throw new LedgerError(
    "config_invalid",
    `Hathor network settings: ${name} is ${expected}, but these settings make ${vertex.hash}`,
  );
}
