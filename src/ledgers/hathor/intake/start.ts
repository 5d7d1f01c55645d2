import { getLogger } from "@logtape/logtape";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Command, Draft } from "../../../log/command.ts";
import { GraphNode } from "../consensus/graph.ts";
import { signalledBlock } from "../networks/feature_states.ts";
import { genesisOf } from "../networks/genesis.ts";
import type { Network } from "../networks/network.ts";
import { EventType, plainEvent, vertexEvent } from "../rows/events.ts";
import { type NetworkRow, NODE_STATE } from "../rows/rows.ts";
import { isBlock, type Vertex } from "../vertex/vertex.ts";
import { ledgerPart, vertexText } from "./accept.ts";
import { FULL_NODE_CRASHED } from "./crash.ts";
import type { HathorNode } from "./node.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/**
 * Begins to serve a node's chain: makes its genesis where there is none. The original writes down
 * every start, for itself: it has two states to tell apart when it was stopped while loading, and
 * nothing is loaded here. Its clients pass over such events, but for the one that ends what a crash
 * began: so that is told, even where there is no room to write it down.
 */
export async function startNode({ chain, network, works }: HathorNode): Promise<void> {
  const [[last]] = await Promise.all([chain.readBackward(Infinity, 1), works.open()]);
  if (last !== undefined && last.type !== FULL_NODE_CRASHED) return;
  try {
    await chain.execute(tellStart(network, last !== undefined));
  } catch (error) {
    // A full store can be read all the same; taking in begins once there is room again.
    const isFull = error instanceof LedgerError && error.code === "store_full";
    if (!isFull || last === undefined) throw error;
    logger.warn("the start could not be written down: {error}", { error: error.message });
  }
}

/**
 * Tells that a server has begun to serve the chain, and its genesis where it has none yet. Nothing
 * else stands between LOAD_STARTED and LOAD_FINISHED, as nothing has to be loaded. Of servers that
 * begin at once the first tells it.
 */
function tellStart(network: Network, isBack: boolean): Command<void> {
  return async (tx) => {
    const isNew = await tx.get(NODE_STATE) === undefined;
    if (!isNew && !isBack) return;
    const ledger = isNew ? networkRow(network) : undefined;
    await tx.emit(plainEvent(EventType.loadStarted, "{}", undefined, ledger));
    if (isNew) {
      const { block, tx1, tx2 } = genesisOf(network);
      for (const vertex of [block, tx1, tx2]) await emitGenesis(tx, network, vertex);
    }
    await tx.emit(plainEvent(EventType.loadFinished, "{}"));
  };
}

/** What rows need of a network. */
export function networkRow(network: Network): NetworkRow {
  const { genesis } = network;
  return {
    p2pkhVersionByte: network.p2pkhVersionByte,
    multisigVersionByte: network.multisigVersionByte,
    genesis: [genesis.blockHash, genesis.tx1Hash, genesis.tx2Hash],
    rewardSpendMinBlocks: network.rewardSpendMinBlocks,
    nativeToken: network.nativeToken,
  };
}

async function emitGenesis(tx: Draft, network: Network, vertex: Vertex): Promise<void> {
  const signals = isBlock(vertex) ? signalledBlock(network, 0, 0, undefined) : undefined;
  const stored = { vertex, minHeight: 0, height: 0, signals };
  const node = new GraphNode(stored, undefined);
  node.score = node.work;
  await tx.emit(vertexEvent({
    type: EventType.newVertex,
    group: undefined,
    hash: vertex.hash,
    metadata: node.metadata(),
    stored,
    ledger: ledgerPart(stored),
    vertexText: vertexText(network, vertex, () => undefined),
    ...(isBlock(vertex) ? { best: { hash: vertex.hash, height: 0 } } : {}),
  }));
}
