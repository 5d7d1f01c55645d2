import { isBlockVersion } from "../node/kinds.ts";

/** A vertex as a drawing needs it. */
export interface DagVertex {
  readonly hash: string;
  readonly isBlock: boolean;
  /** Of a block. */
  readonly height: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly parents: readonly string[];
  /** Transactions that it spends from. */
  readonly spends: readonly string[];
  readonly isVoided: boolean;
  /** Hash of the block that confirms it first. */
  readonly firstBlock: string | undefined;
  /** Counts up with each vertex that is new. */
  readonly order: number;
}

/** A reorganisation: the best chain gave way to another. */
export interface Reorganisation {
  /** How many blocks gave way. */
  readonly size: number;
  readonly previous: string;
  readonly next: string;
  readonly common: string;
}

/** What the node's events hold, as far as they are read here. */
export interface NodeEventData {
  readonly hash?: string;
  readonly version?: number;
  readonly timestamp?: number;
  readonly parents?: readonly string[];
  readonly inputs?: readonly { readonly tx_id: string }[];
  readonly metadata?: {
    readonly height: number;
    readonly voided_by: readonly string[];
    readonly first_block: string | null;
  };
  readonly reorg_size?: number;
  readonly previous_best_block?: string;
  readonly new_best_block?: string;
  readonly common_block?: string;
}

/** The events of a network's chain that change what is drawn. */
export const DAG_TYPES = [
  "NEW_VERTEX_ACCEPTED",
  "VERTEX_METADATA_CHANGED",
  "VERTEX_REMOVED",
  "REORG_STARTED",
] as const;

/** Vertices that are kept at the most: a drawing of more is slow, and nothing is seen on it. */
export const MOST_VERTICES = 1_200;

/** The newest part of the graph, as the events of its chain tell it one after the other. */
export class DagGraph {
  readonly #vertices = new Map<string, DagVertex>();
  readonly #mostHeights: number;
  #order = 0;
  #reorganisation: Reorganisation | undefined;

  /** @param mostHeights how many heights of blocks are kept, up to the highest */
  constructor(mostHeights: number) {
    this.#mostHeights = mostHeights;
  }

  /** Takes an event; whether it changed anything. */
  take(type: string, data: NodeEventData): boolean {
    if (type === "REORG_STARTED") this.#reorganisation = reorganisationOf(data);
    else if (data.hash === undefined) return false;
    else if (type === "VERTEX_REMOVED") this.#vertices.delete(data.hash);
    else this.#set(data.hash, data);
    return true;
  }

  /** The last one that was told of. */
  get reorganisation(): Reorganisation | undefined {
    return this.#reorganisation;
  }

  /** What is to be drawn: vertices whose place is known, in the order in which they came. */
  vertices(): readonly DagVertex[] {
    this.#forget();
    const all = [...this.#vertices.values()].sort((one, other) => one.order - other.order);
    for (const { hash } of all.splice(0, Math.max(0, all.length - MOST_VERTICES))) {
      this.#vertices.delete(hash);
    }
    return all;
  }

  #set(hash: string, { version = 1, timestamp = 0, parents, inputs, metadata }: NodeEventData) {
    this.#vertices.set(hash, {
      hash,
      isBlock: isBlockVersion(version),
      height: metadata?.height ?? 0,
      timestamp,
      parents: parents ?? [],
      spends: [...new Set(inputs?.map(({ tx_id }) => tx_id))],
      isVoided: (metadata?.voided_by.length ?? 0) > 0,
      firstBlock: metadata?.first_block ?? undefined,
      order: this.#vertices.get(hash)?.order ?? this.#order++,
    });
  }

  /** Lets go of what is below the lowest height that is kept, and of what belongs to it. */
  #forget(): void {
    const all = [...this.#vertices.values()];
    const highest = Math.max(0, ...all.map(({ isBlock, height }) => isBlock ? height : 0));
    const lowest = highest - this.#mostHeights + 1;
    if (lowest <= 0) return;
    const first = Math.min(
      ...all.filter(({ isBlock, height }) => isBlock && height >= lowest)
        .map(({ timestamp }) => timestamp),
    );
    for (const { hash, isBlock, height, timestamp, firstBlock } of all) {
      const block = firstBlock === undefined ? undefined : this.#vertices.get(firstBlock);
      const isOld = isBlock
        ? height < lowest
        : block !== undefined
        ? block.height < lowest
        : firstBlock !== undefined || timestamp < first;
      if (isOld) this.#vertices.delete(hash);
    }
  }
}

function reorganisationOf(data: NodeEventData): Reorganisation {
  return {
    size: data.reorg_size ?? 0,
    previous: data.previous_best_block ?? "",
    next: data.new_best_block ?? "",
    common: data.common_block ?? "",
  };
}
