import type { RowKey } from "../../../log/keys.ts";
import type { FeatureStates } from "../networks/feature_states.ts";
import type { Metadata } from "./metadata.ts";

/**
 * Rows of a network's chain, all of them written by its projection:
 *
 * | key | value |
 * |---|---|
 * | `["network"]` | {@linkcode NetworkRow}: what the projection has to know of the network |
 * | `["state"]` | {@linkcode NodeStateRow}: the best block and the counts |
 * | `["number", hash]` | a vertex's number: the id of the event that told of it first |
 * | `["vertex", number]` | {@linkcode VertexRow}: what never changes of it |
 * | `["vertex", number, n]` | its bytes that are too many for that row, in parts |
 * | `["metadata", number]` | {@linkcode MetadataRow}: what changes of it |
 * | `["removed", hash]` | the number of one that was removed, for events before that |
 * | `["children", hash, n]` | a full page of what has a vertex as a parent |
 * | `["lowest", hash]` | the lowest hashes of children, of a vertex that has more than it shows |
 * | `["heights", n]` | {@linkcode HeightsRow}: a page of the best chain's blocks |
 * | `["pool"]`, `["pool", n]` | {@linkcode PoolRow}, and hashes of unconfirmed transactions |
 * | `["tx", -timestamp, hash]` | 0; transactions that count, the newest first |
 * | `["history", address, timestamp, hash]` | its number; every vertex of an address, voided or not |
 * | `["address", address]` | {@linkcode AddressRow}: how long its history is, and its HTR |
 * | `["balance", address, token]` | {@linkcode BalanceRow}, of what counts, for any other token |
 * | `["utxo", address, token, …]` | 0; see `utxo_rows.ts` |
 * | `["token", uid]` | {@linkcode TokenRow} |
 * | `["mint", uid, hash, index]`, `["melt", …]` | 0; unspent authorities |
 * | `["node", id]`, `["node", id, n]` | a node of the contracts' state; see `nano_rows.ts` |
 * | `["run", number, block]`, `["run", number, block, n]` | what a block's execution of a call did |
 * | `["blueprint", timestamp, hash]`, `["nc…", …]` | 0; lists of blueprints, contracts and their calls; see `contract_lists.ts` |
 * | `["tokenHistory", uid, -timestamp, hash]` | 0; transactions that count, the newest first |
 *
 * Keys by hash are all over the store, and each costs a page of it: so they hold a number alone, and
 * what is large stands beside what came at the same time.
 */

export type NetworkRow = {
  readonly p2pkhVersionByte: number;
  readonly multisigVersionByte: number;
  /** Hashes of the first three vertices, the block's first. */
  readonly genesis: readonly string[];
  readonly rewardSpendMinBlocks: number;
  readonly nativeToken: { readonly name: string; readonly symbol: string };
  /** Whether the events are those of a node that is followed. */
  readonly isFollowed?: true;
};
export const NETWORK: RowKey = ["network"];

/** A block, and how many are before it. */
export type BlockPlace = { readonly hash: string; readonly height: number };

export type NodeStateRow = {
  readonly best: BlockPlace;
  /**
   * What was the best block until a transaction voided it, while no block has come that takes its
   * place: others are measured by it until then.
   */
  readonly tip?: BlockPlace;
  /** Vertices there are, voided ones and the genesis among them. */
  readonly blocks: number;
  readonly transactions: number;
  /** Reorganisations there have been: the id of the next one's group. */
  readonly groups: number;
  readonly firstTimestamp: number;
  readonly latestTimestamp: number;
};
export const NODE_STATE: RowKey = ["state"];

/** What never changes of a vertex. */
export type VertexRow = {
  /** Its bytes in base64, or as many as a row takes. */
  readonly raw: string;
  /** How many rows hold the rest of its bytes. */
  readonly parts: number;
  /** The least height of a block that may confirm it. */
  readonly minHeight: number;
  /** Of a block; 0 for transactions. */
  readonly height: number;
  /** Of a block. */
  readonly signals: {
    readonly states: FeatureStates;
    readonly bitCounts: readonly number[];
  } | null;
  /**
   * Whether bytes of it were lost with the node that was followed, which had removed it: its hash is
   * what that node told.
   */
  readonly isPartial?: true;
};

/** Characters of bytes in base64 that one row takes. */
export const PART_CHARS = 50_000;

export function numberRow(hash: string): RowKey {
  return ["number", hash];
}

export function vertexRow(number: number): RowKey {
  return ["vertex", number];
}

export function metadataRow(number: number): RowKey {
  return ["metadata", number];
}

/** All that changes of a vertex. */
export type MetadataRow = Metadata & {
  readonly number: number;
  /** The page of the pool that has it, if it is unconfirmed. */
  readonly pool: number | null;
  readonly children: Children;
};

/** The number of a vertex that has been removed. */
export function removedRow(hash: string): RowKey {
  return ["removed", hash];
}

/** What has a vertex as a parent. */
export type Children = {
  /** Full pages before these. */
  readonly pages: number;
  readonly last: readonly string[];
};

/** Hashes of one page of children. Small, as each new child writes its page again. */
export const CHILDREN_PER_PAGE = 32;

export function childrenPageRow(hash: string, page: number): RowKey {
  return ["children", hash, page];
}

/** Children that are told of a vertex: those with the lowest hashes. */
export const CHILDREN_TOLD = 100;

export function lowestChildrenRow(hash: string): RowKey {
  return ["lowest", hash];
}

/** Hashes by height; null where a reorganisation took a block away and none has come yet. */
export type HeightsRow = readonly (string | null)[];
export const HEIGHTS_PER_PAGE = 64;

export function heightsRow(page: number): RowKey {
  return ["heights", page];
}

export type PoolRow = {
  /** Pages that may have something: from `first` on and before `next`. */
  readonly first: number;
  readonly next: number;
  readonly count: number;
};
export const POOL: RowKey = ["pool"];
export const POOL_PER_PAGE = 64;

export function poolPage(page: number): RowKey {
  return ["pool", page];
}

/** What lists of transactions in order of time begin with. */
export type ListPrefix = readonly string[];
export const TRANSACTIONS: ListPrefix = ["tx"];

export function tokenHistory(uid: string): ListPrefix {
  return ["tokenHistory", uid];
}

/** A transaction in a list that has the newest first. */
export function listedRow(list: ListPrefix, timestamp: number, hash: string): RowKey {
  return [...list, -timestamp, hash];
}

export function historyRow(address: string, timestamp: number, hash: string): RowKey {
  return ["history", address, timestamp, hash];
}

/** Decimal texts: amounts outgrow a double. */
export type BalanceRow = { readonly received: string; readonly spent: string };

/** An address's history and its HTR in one row: nearly every address that is used has had HTR. */
export type AddressRow = BalanceRow & {
  /** How many vertices its history has. */
  readonly transactions: number;
};

export function addressRow(address: string): RowKey {
  return ["address", address];
}

export function balanceRow(address: string, token: string): RowKey {
  return ["balance", address, token];
}

export type TokenRow = {
  readonly name: string;
  readonly symbol: string;
  readonly version: number;
  readonly total: string;
  /** How many transactions its history has. */
  readonly transactions: number;
  /** How many contracts may mint it, and melt it, where any ever could. */
  readonly minters?: number;
  readonly melters?: number;
};

export function tokenRow(uid: string): RowKey {
  return ["token", uid];
}

export type AuthorityKind = "mint" | "melt";

export function authorityRow(
  kind: AuthorityKind,
  uid: string,
  hash: string,
  index: number,
): RowKey {
  return [kind, uid, hash, index];
}
