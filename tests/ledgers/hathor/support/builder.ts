import { hash160 } from "../../../../src/crypto/bitcoin_hash.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import { Op } from "../../../../src/ledgers/hathor/script/opcodes.ts";
import { addressOfScript, buildScript } from "../../../../src/ledgers/hathor/script/patterns.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  type Block,
  TokenVersion,
  type Transaction,
  type TxOutput,
  type Vertex,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { mined } from "./mined.ts";
import { networkOf } from "./vectors.ts";

const NONCES_PER_SALT = 100_000;

/**
 * Money that nobody has to sign for: each script pays to the address of a redeem script that is
 * always true. So vertices of a seed are the same in every run.
 */
export function scriptOf(owner: number, timelock?: number): Uint8Array {
  const lock = timelock === undefined ? [] : [u32(timelock), Op.greaterThanTimestamp];
  return buildScript([...lock, Op.hash160, hash160(redeemOf(owner)), Op.equal]);
}

/** What an input says that spends an output of {@linkcode scriptOf}. */
export function spendingData(owner: number): Uint8Array {
  return buildScript([redeemOf(owner)]);
}

function redeemOf(owner: number): Uint8Array {
  const mark = u32(owner);
  return buildScript([mark, mark, Op.equal]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A private network in test mode whose genesis is owner 0's; rewards wait for `rewardBlocks`. */
export function testNetwork(rewardBlocks = 1): Network {
  const base = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });
  const owned: Network = {
    ...base,
    rewardSpendMinBlocks: rewardBlocks,
    genesis: { ...base.genesis, outputScript: scriptOf(0) },
  };
  const { block, tx1, tx2 } = genesisOf(owned);
  return {
    ...owned,
    genesis: {
      ...owned.genesis,
      blockHash: block.hash,
      tx1Hash: tx1.hash,
      tx2Hash: tx2.hash,
    },
  };
}

export function addressOf(network: Network, owner: number): string {
  return addressOfScript(network, scriptOf(owner)) ?? "";
}

/** Where the money of an input is. */
export interface Coin {
  readonly from: Vertex;
  readonly index: number;
  readonly owner: number;
}

/** An output to be made. */
export interface Payment {
  readonly value: number | bigint;
  readonly to: number;
  readonly tokenData?: number;
  readonly timelock?: number;
  /** What it pays to, where that is no owner's. */
  readonly script?: Uint8Array;
}

interface Place {
  readonly parents: readonly Vertex[];
  readonly timestamp: number;
  readonly weight?: number;
  /** What the hash has to begin with. */
  readonly prefix?: string;
  /** Tells vertices apart that are otherwise the same. */
  readonly salt?: number;
}

/** A block on top of its first parent. */
export function mineBlock(
  { parents, timestamp, weight = 1, prefix = "", salt = 0 }: Place,
  { reward = 6400n, to = 1 }: { readonly reward?: bigint; readonly to?: number } = {},
): Block {
  const fields = {
    version: VertexVersion.block,
    signalBits: 0,
    outputs: [outputOf({ value: reward, to })],
    weight,
    timestamp,
    parents: parents.map(({ hash }) => hash),
    data: new Uint8Array(),
  };
  const first = salt * NONCES_PER_SALT;
  return mined((nonce) => sealVertex({ ...fields, nonce: BigInt(nonce) }), { first, prefix });
}

/** A transaction that moves money, with `tokens` as those that payments name by index. */
export function mineTransaction(
  { parents, timestamp, weight = 1, prefix = "", salt = 0 }: Place,
  coins: readonly Coin[],
  payments: readonly Payment[],
  tokens: readonly string[] = [],
): Transaction {
  const fields = {
    version: VertexVersion.transaction,
    signalBits: 0,
    tokens,
    inputs: coins.map(inputOf),
    outputs: payments.map(outputOf),
    weight,
    timestamp,
    parents: parents.map(({ hash }) => hash),
    headers: [],
  };
  const first = salt * NONCES_PER_SALT;
  return mined((nonce) => sealVertex({ ...fields, nonce }), { first, prefix });
}

/** A transaction that creates a token, which payments name by index 1. */
export function mineToken(
  { parents, timestamp, weight = 1, prefix = "", salt = 0 }: Place,
  coins: readonly Coin[],
  payments: readonly Payment[],
): Transaction {
  const fields = {
    version: VertexVersion.tokenCreation,
    signalBits: 0,
    inputs: coins.map(inputOf),
    outputs: payments.map(outputOf),
    tokenVersion: TokenVersion.deposit,
    tokenName: "Test Coin",
    tokenSymbol: "TST",
    weight,
    timestamp,
    parents: parents.map(({ hash }) => hash),
    headers: [],
  };
  const first = salt * NONCES_PER_SALT;
  return mined((nonce) => sealVertex({ ...fields, nonce }), { first, prefix });
}

function inputOf({ from, index, owner }: Coin) {
  return { txId: from.hash, index, data: spendingData(owner) };
}

function outputOf(
  { value, to, tokenData = 0, timelock, script = scriptOf(to, timelock) }: Payment,
): TxOutput {
  return { value: BigInt(value), tokenData, script };
}
