import { Pace } from "../../../kernel/turn.ts";
import type { ReadRows } from "../../../log/projection.ts";
import type { SignalledBlock } from "../networks/feature_states.ts";
import { readChildren } from "../rows/children.ts";
import type { Metadata, NcState } from "../rows/metadata.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import type { MetadataRow } from "../rows/rows.ts";
import type { StoredVertex, StoredVertices } from "../rows/stored_vertices.ts";
import { workOf } from "../rules/work.ts";
import { type Block, callOf, inputsOf, isBlock, type Transaction } from "../vertex/vertex.ts";

/** Accumulated works that were asked for. */
export interface KnownWorks {
  /** What is known of a vertex whose row says so much. */
  known(
    hash: string,
    row: Pick<MetadataRow, "number" | "accumulatedWork">,
  ): bigint | Promise<bigint>;
}

/** A vertex with its metadata, while a new vertex is taken in: whatever changes is written later. */
export class GraphNode {
  readonly hash: string;
  readonly stored: StoredVertex;
  /** Its metadata as they were before; a new vertex has none. */
  readonly before: MetadataRow | undefined;
  readonly spent: Map<number, string[]>;
  conflicts: string[];
  readonly voidedBy: Set<string>;
  twins: string[];
  accumulatedWork: bigint;
  score: bigint;
  firstBlock: string | undefined;
  /** Of a call: what became of it. */
  nc: NcState | undefined;
  /** Of a block: the root of the contracts' state after it; undefined where there is none. */
  root: string | undefined;
  /** A reorganisation has made it invalid: it is removed. */
  isInvalid = false;

  constructor(stored: StoredVertex, metadata: MetadataRow | undefined) {
    this.hash = stored.vertex.hash;
    this.stored = stored;
    this.before = metadata;
    this.spent = new Map();
    for (const [index, by] of metadata?.spent ?? []) this.spent.set(index, [...by]);
    this.conflicts = [...metadata?.conflicts ?? []];
    this.voidedBy = new Set(metadata?.voidedBy);
    this.twins = [...metadata?.twins ?? []];
    this.accumulatedWork = metadata === undefined
      ? workOf(stored.vertex.weight)
      : BigInt(metadata.accumulatedWork);
    this.score = BigInt(metadata?.score ?? 0);
    this.firstBlock = metadata?.firstBlock ?? undefined;
    this.nc = metadata?.nc;
    this.root = metadata?.root;
  }

  get vertex(): StoredVertex["vertex"] {
    return this.stored.vertex;
  }

  get height(): number {
    return this.stored.height;
  }

  get isVoided(): boolean {
    return this.voidedBy.size > 0;
  }

  get work(): bigint {
    return workOf(this.stored.vertex.weight);
  }

  /** Hashes of all transactions that spend any of its outputs. */
  get spenders(): string[] {
    return this.spent.size === 0 ? [] : [...this.spent.values()].flat();
  }

  metadata(): Metadata {
    return {
      outputs: this.vertex.outputs.length,
      spent: [...this.spent].filter(([, by]) => by.length > 0).sort(([a], [b]) => a - b),
      conflicts: this.conflicts,
      voidedBy: [...this.voidedBy].sort(),
      twins: this.twins,
      accumulatedWork: `${this.accumulatedWork}`,
      score: `${this.score}`,
      firstBlock: this.firstBlock ?? null,
      height: this.height,
      ...(this.nc !== undefined && { nc: this.nc }),
      ...(this.root !== undefined && { root: this.root }),
      ...(this.isInvalid && { isInvalid: true as const }),
    };
  }
}

/** A node that is a block, or a transaction. */
export type BlockNode = GraphNode & { readonly vertex: Block };
export type TransactionNode = GraphNode & { readonly vertex: Transaction };

export function isBlockNode(node: GraphNode): node is BlockNode {
  return isBlock(node.vertex);
}

/** Whether it is a transaction that calls a contract. */
export function isCall(node: GraphNode): boolean {
  return callOf(node.vertex) !== undefined;
}

export function isTransactionNode(node: GraphNode): node is TransactionNode {
  return !isBlock(node.vertex);
}

/**
 * The part of the graph that one new vertex touches, read as it is needed. Nothing is written:
 * `touched` says what changed.
 */
export class Graph {
  readonly touched = new Set<GraphNode>();
  /** Vertices whose accumulated work was added up anew: by itself no event of metadata. */
  readonly recounted = new Set<GraphNode>();
  /** Vertices that nothing voided any more, once at least, by hash: what confirmed each then. */
  readonly freed = new Map<string, string | undefined>();
  /** Blocks that have become the best, or are so anew: whether any transaction of theirs is a call. */
  readonly confirmed = new Map<BlockNode, boolean>();
  readonly #rows: ReadRows;
  readonly #vertices: StoredVertices;
  readonly #nodes = new Map<string, GraphNode>();
  /** The new vertex, which no row knows of. */
  #added: GraphNode | undefined;

  readonly #turns: Pace;
  readonly #works: KnownWorks | undefined;
  /** Those whose works were asked for, if any was. */
  readonly #recalled = new Set<GraphNode>();

  /**
   * @param turns lets others in while much of it is read
   * @param works what was added up because somebody asked
   */
  constructor(
    rows: ReadRows,
    vertices: StoredVertices,
    turns = Pace.ofSteps(),
    works?: KnownWorks,
  ) {
    this.#rows = rows;
    this.#vertices = vertices;
    this.#turns = turns;
    this.#works = works;
  }

  /**
   * Sees to it that a vertex has the accumulated work that was asked for, where one was: whatever
   * compares works, or tells them, begins with this.
   */
  async recall(node: GraphNode): Promise<void> {
    const { hash, before } = node;
    if (this.#works === undefined || before === undefined || this.#recalled.has(node)) return;
    this.#recalled.add(node);
    const known = this.#works.known(hash, before);
    node.accumulatedWork = known instanceof Promise ? await known : known;
  }

  /** Takes in the new vertex, as a child of its parents. */
  add(stored: StoredVertex): GraphNode {
    const node = new GraphNode(stored, undefined);
    this.#nodes.set(node.hash, node);
    this.#added = node;
    return node;
  }

  touch(node: GraphNode): void {
    this.touched.add(node);
  }

  /** A vertex that may not be there. */
  find(hash: string): GraphNode | undefined | Promise<GraphNode | undefined> {
    const known = this.#nodes.get(hash);
    if (known !== undefined) return known;
    const row = readMetadata(hash, this.#rows);
    if (row === undefined) return undefined;
    const stored = row instanceof Promise ? undefined : this.#vertices.known(hash);
    if (row instanceof Promise || stored === undefined) return this.#load(hash, row);
    return this.#keep(new GraphNode(stored, row));
  }

  async #load(
    hash: string,
    pending: MetadataRow | Promise<MetadataRow | undefined>,
  ): Promise<GraphNode | undefined> {
    const row = await pending;
    if (row === undefined) return undefined;
    const stored = await this.#vertices.read(hash, this.#rows);
    // Two walks may have asked for it at the same time.
    return this.#nodes.get(hash) ?? this.#keep(new GraphNode(stored, row));
  }

  #keep(node: GraphNode): GraphNode {
    this.#nodes.set(node.hash, node);
    return node;
  }

  /** A vertex that is there. */
  get(hash: string): GraphNode | Promise<GraphNode> {
    if (this.#turns.isDueAfter(1)) return this.#turns.give().then(() => this.get(hash));
    const found = this.find(hash);
    if (found instanceof Promise) return found.then((node) => present(hash, node));
    return present(hash, found);
  }

  async transaction(hash: string): Promise<TransactionNode> {
    const node = await this.get(hash);
    if (!isTransactionNode(node)) throw new RangeError(`${hash} is a block`);
    return node;
  }

  async block(hash: string): Promise<BlockNode> {
    const node = await this.get(hash);
    if (!isBlockNode(node)) throw new RangeError(`${hash} is a transaction`);
    return node;
  }

  /** The block before a block; the genesis has none. */
  parentBlock({ hash, vertex }: BlockNode): Promise<BlockNode> {
    const [parent] = vertex.parents;
    if (parent === undefined) throw new RangeError(`${hash} has no parent block`);
    return this.block(parent);
  }

  /**
   * Hashes of the children of a vertex (those that have it as a parent), in their order, as the
   * reference node's store has them: a sum that ends early depends on it.
   */
  async children(hash: string): Promise<string[]> {
    const children = await readChildren(hash, this.#rows);
    if (this.#added?.vertex.parents.includes(hash)) children.push(this.#added.hash);
    return children.sort();
  }

  /** Hashes of what builds directly on a vertex: its children, and those that spend it. */
  async after(node: GraphNode): Promise<string[]> {
    return [...await this.children(node.hash), ...node.spenders];
  }

  /** Hashes of what a vertex builds directly on: its parents, and what it spends from. */
  before({ vertex }: GraphNode): string[] {
    return [...vertex.parents, ...inputsOf(vertex).map(({ txId }) => txId)];
  }

  signals(block: BlockNode): SignalledBlock {
    const { signals } = block.stored;
    if (signals === undefined) throw new RangeError(`${block.hash} has no signals`);
    return signals;
  }
}

function present(hash: string, node: GraphNode | undefined): GraphNode {
  if (node === undefined) throw new RangeError(`vertex ${hash} is missing`);
  return node;
}
