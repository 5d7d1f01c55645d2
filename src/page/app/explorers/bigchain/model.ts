/** BigchainDB, or one of its family. */
export interface BigchainLedger {
  /** The first part of its chains' names, and of its paths. */
  readonly name: string;
  readonly title: string;
  /** What transactions of assets are asked for by. */
  readonly assetsArgument: "asset_id" | "asset_ids";
  /** Its operations that concern assets, and those that put something to the vote. */
  readonly operations: readonly string[];
  /** Whether texts of assets and metadata can be searched, or CIDs be looked up. */
  readonly contents: "text" | "cid";
}

/** A transaction, as GET shows it. */
export interface BigchainTx {
  readonly id: string;
  readonly operation: string;
  readonly version: string;
  readonly inputs: readonly {
    readonly owners_before: readonly string[];
    readonly fulfills: { readonly transaction_id: string; readonly output_index: number } | null;
  }[];
  readonly outputs: readonly {
    readonly public_keys: readonly string[];
    readonly amount: string;
    readonly condition: {
      readonly details: { readonly type: string; readonly threshold?: number };
    };
  }[];
  readonly metadata: unknown;
  readonly asset?: AssetPart;
  readonly assets?: readonly AssetPart[];
  readonly script?: unknown;
}

/** What a transaction says of an asset: which it is, or what is in it. */
export interface AssetPart {
  readonly id?: string;
  readonly data?: unknown;
}

/** A transaction with where it is in the log. */
export interface PlacedTx {
  readonly tx: BigchainTx;
  readonly height: number;
  /** In milliseconds since the epoch. */
  readonly time: number;
  readonly offset: number;
}

/** A block, as the log has it. */
export interface BigchainBlock {
  readonly height: number;
  readonly hash: string;
  readonly ids: readonly string[];
  /** In milliseconds since the epoch. */
  readonly time: number;
  readonly offset: number;
}
