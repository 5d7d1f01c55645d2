import { verticesOf } from "../rows/projection.ts";
import type { Clock } from "../../../kernel/clock.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Log } from "../../../log/log.ts";
import type { ReadRows } from "../../../log/projection.ts";
import { networkChainName } from "../networks/chain_names.ts";
import type { Network } from "../networks/network.ts";
import { AskedWorks } from "../rows/asked_works.ts";
import { StoredVertices } from "../rows/stored_vertices.ts";
import { BlockRules } from "./block_rules.ts";

/** How the node tells itself from others: clients keep both, and refuse a stream with any other. */
export interface NodeIdentity {
  /** 64 hex digits. */
  readonly peerId: string;
  /** A UUID. */
  readonly streamId: string;
}

/**
 * A node of one Hathor network, as its intake and its queries share it. All it knows is in the
 * store: any number of processes may serve the same one, and a restart has nothing to load. What it
 * keeps in memory never changes.
 */
export interface HathorNode {
  readonly network: Network;
  readonly identity: NodeIdentity;
  readonly clock: Clock;
  /** The network's log. Its events are the node's events, an event's id is its offset. */
  readonly chain: Chain;
  /** The chain's rows as they are committed. */
  readonly rows: ReadRows;
  readonly vertices: StoredVertices;
  readonly blockRules: BlockRules;
  readonly works: AskedWorks;
}

/** What a node works with. */
export interface NodeContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly network: Network;
}

/** The node of a network. Nothing is written but its identity, where it has none yet. */
export async function openNode({ log, clock, network }: NodeContext): Promise<HathorNode> {
  const chain = log.chain(networkChainName(network.name));
  const vertices = verticesOf(chain);
  return {
    network,
    identity: await nodeIdentity(log, chain.name),
    clock,
    chain,
    rows: { get: (key) => chain.row(key) },
    vertices,
    blockRules: new BlockRules(network, vertices),
    works: new AskedWorks(log, network.name),
  };
}

/** The peer is made once per store, the stream once for each copy of it. */
async function nodeIdentity(log: Log, chain: string): Promise<NodeIdentity> {
  const [peer, stream] = await Promise.all([
    log.nodeValue([chain, "peer"], () => crypto.getRandomValues(new Uint8Array(32))),
    // The events of a copy are another stream: their ids go on otherwise than in what was copied.
    log.lifeValue(chain, () => new TextEncoder().encode(crypto.randomUUID())),
  ]);
  return { peerId: peer.toHex(), streamId: new TextDecoder().decode(stream) };
}
