import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Block, Transaction } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { mineBlock, mineTransaction, testNetwork } from "./builder.ts";

/** A test network, and vertices that build on its genesis. */
export const network = testNetwork();
export const { block: genesis, tx1, tx2 } = genesisOf(network);
export const START = 1_795_308_000;
export const ALL = genesis.outputs[0]?.value ?? 0n;

/** Blocks on top of each other. */
export function chainOf(parent: Block, count: number, salt = 0): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < count; at++) {
    const below = blocks.at(-1) ?? parent;
    const timestamp = Math.max(below.timestamp, START) + 1;
    blocks.push(mineBlock({ parents: [below, tx1, tx2], timestamp, salt }));
  }
  return blocks;
}

/** Spends the genesis: `value` to owner 1, the rest back. */
export function spendGenesis(value: number, salt = 0): Transaction {
  return mineTransaction(
    { parents: [tx1, tx2], timestamp: START + 2, salt },
    [{ from: genesis, index: 0, owner: 0 }],
    [{ value, to: 1 }, { value: ALL - BigInt(value), to: 0 }],
  );
}
