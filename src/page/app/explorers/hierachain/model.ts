/** A chain of the tree. */
export interface TreeChain {
  readonly name: string;
  readonly type: "main" | "sub";
  readonly block_count: number;
  readonly latest_block_hash: string | null;
  readonly damaged?: boolean;
}

/** What is in a chain. */
export interface ChainStats {
  readonly total_blocks: number;
  readonly total_events: number;
  readonly proof_count: number | null;
  readonly registered_sub_chains: number | null;
}

/** A block without its events, as the log has it. */
export interface HieraBlock {
  readonly index: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly merkleRoot: string;
  /** In seconds since the epoch. */
  readonly timestamp: number;
  readonly events: number;
  /** Of its own event in the log. */
  readonly offset: number;
}

/** An event of a chain. */
export interface HieraEvent {
  readonly entity_id: string;
  readonly event: string;
  /** In seconds since the epoch. */
  readonly timestamp: number;
  readonly details?: unknown;
  readonly event_id?: string;
  /** Of a signed event, which is a `generic_event`. */
  readonly event_type?: string;
}
