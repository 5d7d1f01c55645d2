import type { Whole } from "../../common/whole.ts";

/** What a script pays to, where that is an address. */
export interface DecodedScript {
  readonly type?: string;
  readonly address?: string;
  readonly timelock?: number | null;
}

/** An output, as lists of vertices have it, or as an input spends it. */
export interface NodeOutput {
  readonly value: Whole;
  readonly token_data: number;
  readonly decoded: DecodedScript;
}

/** A vertex of a list. */
export interface ListedVertex {
  readonly tx_id: string;
  readonly version: number;
  readonly weight: number;
  readonly timestamp: number;
  readonly is_voided: boolean;
  readonly inputs: readonly (NodeOutput & { readonly token: string; readonly tx_id: string })[];
  readonly outputs: readonly (NodeOutput & { readonly token: string })[];
  readonly first_block: string | null;
  readonly height?: number;
  readonly token_symbol?: string;
}

/** A vertex with what the graph knows of it. */
export interface VertexAnswer {
  readonly tx: {
    readonly hash: string;
    readonly nonce: string;
    readonly timestamp: number;
    readonly version: number;
    readonly weight: number;
    readonly parents: readonly string[];
    readonly inputs: readonly (Partial<NodeOutput> & {
      readonly tx_id: string;
      readonly index: number;
    })[];
    readonly outputs: readonly NodeOutput[];
    readonly tokens: readonly {
      readonly uid: string;
      readonly name: string;
      readonly symbol: string;
    }[];
    readonly token_name?: string;
    readonly token_symbol?: string;
    readonly raw: string;
  };
  readonly meta: {
    readonly height: number;
    readonly first_block: string | null;
    readonly first_block_height: number | null;
    readonly voided_by: readonly string[];
    readonly conflict_with: readonly string[];
    readonly twins: readonly string[];
    readonly children: readonly string[];
    readonly has_more_children: boolean;
    readonly accumulated_weight: number;
    readonly score: number;
  };
  /** By the index of the output: who spends it, and counts. */
  readonly spent_outputs: Readonly<Record<string, string>>;
}

/** A page of a list of vertices. */
export interface VertexPage {
  readonly transactions: readonly ListedVertex[];
  readonly has_more: boolean;
}

/** What the node says of itself and of its network. */
export interface NodeVersion {
  readonly version: string;
  readonly network: string;
  readonly decimal_places: number;
  readonly genesis_block_hash: string;
  readonly reward_spend_min_blocks: number;
  readonly native_token: { readonly name: string; readonly symbol: string };
}

/** How far the node is. */
export interface NodeStatus {
  readonly dag: { readonly best_block: { readonly hash: string; readonly height: number } };
}
