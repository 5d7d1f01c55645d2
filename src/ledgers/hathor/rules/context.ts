import type { ActiveFeatures } from "../networks/features.ts";
import type { Network } from "../networks/network.ts";
import type { TokenVersion, Vertex } from "../vertex/vertex.ts";

/** What a vertex is verified by. */
export interface RuleContext {
  readonly network: Network;
  /** The features where the vertex goes: of a new one, see `mempoolFeatures`. */
  readonly features: ActiveFeatures;
  /**
   * The time in seconds since the epoch, where a transaction is one that a peer relays: it then may
   * not be too old, and its list of tokens has to be in order. Undefined for whatever else is taken:
   * what a wallet pushes, what a miner submits, and what others have long taken.
   */
  readonly now: number | undefined;
  /** Whether contracts are executed here; else what calls one, and blueprints, are refused. */
  readonly runsContracts?: boolean;
}

/** What a vertex depends on, read beforehand. */
export interface Dependencies {
  /** A parent, or a vertex that is spent from; undefined when there is none of this hash. */
  vertex(hash: string): Vertex | undefined;
  /** How a token is paid for; undefined when there is none of this uid. */
  tokenVersion(uid: string): TokenVersion | undefined;
}
