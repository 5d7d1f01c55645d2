import { verticesOf } from "../rows/projection.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Log } from "../../../log/log.ts";
import type { ReadRows } from "../../../log/projection.ts";
import { mirroredFact } from "../../../remote/ledgerline/own_facts.ts";
import { LEDGER, networkChainName } from "../networks/chain_names.ts";
import type { Network } from "../networks/network.ts";
import type { Contracts } from "../nano/contracts.ts";
import { AskedWorks } from "../rows/asked_works.ts";
import { StoredVertices } from "../rows/stored_vertices.ts";
import { type NodeIdentity, parseIdentity } from "./identity.ts";
import { BlockRules } from "./block_rules.ts";
import { readFollowedLife } from "./followed_life.ts";

/**
 * A node of one Hathor network, as its intake and its queries share it. All it knows is in the
 * store: any number of processes may serve the same one, and a restart has nothing to load. What it
 * keeps in memory never changes.
 */
export interface HathorNode {
  readonly network: Network;
  /** Whether it is another node's, which is followed: that one decides. */
  readonly isFollowing: boolean;
  /**
   * Of a node that is followed it is that one's. Throws `remote_away` where that has not answered yet.
   */
  identity(): Promise<NodeIdentity>;
  readonly clock: Clock;
  /** The network's log. Its events are the node's events, an event's id is its offset. */
  readonly chain: Chain;
  /** The chain's rows as they are committed. */
  readonly rows: ReadRows;
  readonly vertices: StoredVertices;
  readonly blockRules: BlockRules;
  readonly works: AskedWorks;
  /** What runs contracts; undefined where none are run. */
  readonly contracts: Contracts | undefined;
}

/** What a node works with. */
export interface NodeContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly network: Network;
  /** Whether another node is followed: left out where it is not, or that does not matter. */
  readonly isFollowing?: boolean;
  /** Whether its chain is a copy of another server's, whose identity it has. */
  readonly isMirror?: boolean;
  /** Missing where no contracts are run. */
  readonly contracts?: Contracts | undefined;
}

/** The node of a network. Nothing is written but its identity, where it has none yet. */
export async function openNode(
  { log, clock, network, isFollowing = false, isMirror = false, contracts }: NodeContext,
): Promise<HathorNode> {
  const chain = log.chain(networkChainName(network.name));
  const vertices = verticesOf(chain);
  return {
    network,
    isFollowing,
    identity: isMirror
      ? async () => parseIdentity(await mirroredFact(log, LEDGER))
      : await identityOf(log, network.name, isFollowing),
    clock,
    chain,
    rows: { get: (key) => chain.row(key) },
    vertices,
    blockRules: new BlockRules(network, vertices),
    works: new AskedWorks(log, network.name),
    contracts,
  };
}

/** Who the node of a network is, as a text for mirrors; undefined where that is not known yet. */
export async function identityText(
  { log, network, isFollowing = false, isMirror = false }: Omit<NodeContext, "clock" | "contracts">,
): Promise<string | undefined> {
  try {
    if (isMirror) return await mirroredFact(log, LEDGER);
    const { peerId, streamId } = await (await identityOf(log, network.name, isFollowing))();
    return JSON.stringify({ peerId, streamId });
  } catch (error) {
    if (error instanceof LedgerError && error.code === "remote_away") return undefined;
    throw error;
  }
}

async function identityOf(
  log: Log,
  network: string,
  isFollowing: boolean,
): Promise<HathorNode["identity"]> {
  let known: NodeIdentity | undefined = await readFollowedLife(log, network);
  if (!isFollowing) known ??= await nodeIdentity(log, networkChainName(network));
  return async () => {
    known ??= await readFollowedLife(log, network);
    if (known !== undefined) return known;
    throw new LedgerError("remote_away", "The node that is followed has not answered yet");
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
