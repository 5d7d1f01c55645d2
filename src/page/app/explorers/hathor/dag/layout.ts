import type { DagVertex } from "./graph.ts";

/** A vertex in its place. */
export interface DagNode {
  readonly vertex: DagVertex;
  readonly x: number;
  readonly y: number;
  /** Which of the colours of blocks it has; undefined where no block confirms it. */
  readonly colour: number | undefined;
}

/** A line from a vertex to one that it builds on. */
export interface DagEdge {
  readonly from: DagNode;
  readonly to: DagNode;
  /**
   * From block to block, from a block to what it confirms first, or to what others confirm before it,
   * or from transaction to transaction.
   */
  readonly kind: "chain" | "confirms" | "repeats" | "verifies";
}

/** A drawing: the best chain is the line y = 0, time goes to the right. */
export interface DagDrawing {
  readonly nodes: readonly DagNode[];
  readonly edges: readonly DagEdge[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** How many colours blocks have, in turn. */
export const COLOURS = 6;

const BLOCK_GAP = 64;
const LANE_GAP = 52;
const TX_GAP = 26;
/** From the line of blocks to the first transaction. */
const TX_TOP = 56;
/** Transactions below each other; more stand side by side. */
const ROWS = 7;

/**
 * Places vertices: blocks of the best chain on one line in the order of their heights, those that
 * gave way on lines above it, and each transaction below the line, left of the block that confirms it
 * first. What no block confirms yet stands at the right end, or, where it is voided, at its time.
 */
export function layDag(vertices: readonly DagVertex[]): DagDrawing {
  const blocks = vertices.filter(({ isBlock }) => isBlock)
    .sort((one, other) => one.height - other.height || one.order - other.order);
  const heights = [...new Set(blocks.map(({ height }) => height))];
  const lanes = lanesOf(blocks);
  const waiting = (heights.at(-1) ?? 0) + 1;
  const columns = new Map<number, DagVertex[]>([...heights, waiting].map((at) => [at, []]));
  const known = new Map(vertices.map((vertex) => [vertex.hash, vertex]));
  for (const vertex of vertices) {
    if (!vertex.isBlock) columns.get(heightFor(vertex, known, blocks, waiting))?.push(vertex);
  }
  const nodes = new Map<string, DagNode>();
  let x = 0;
  for (const [height, transactions] of columns) {
    const wide = Math.ceil(transactions.length / ROWS);
    transactions.forEach((vertex, at) => {
      const first = vertex.firstBlock === undefined ? undefined : known.get(vertex.firstBlock);
      nodes.set(vertex.hash, {
        vertex,
        x: x + BLOCK_GAP / 2 + Math.floor(at / ROWS) * TX_GAP,
        y: TX_TOP + at % ROWS * TX_GAP,
        colour: first === undefined ? undefined : first.height % COLOURS,
      });
    });
    x += BLOCK_GAP + Math.max(0, wide - 1) * TX_GAP;
    for (const vertex of blocks.filter((block) => block.height === height)) {
      const y = -(lanes.get(vertex.hash) ?? 0) * LANE_GAP;
      nodes.set(vertex.hash, { vertex, x, y, colour: height % COLOURS });
    }
  }
  const all = [...nodes.values()];
  const ys = all.map(({ y }) => y);
  return {
    nodes: all,
    edges: all.flatMap((node) => edgesOf(node, nodes)),
    left: 0,
    right: Math.max(0, ...all.map((node) => node.x)),
    top: Math.min(0, ...ys),
    bottom: Math.max(TX_TOP + (ROWS - 1) * TX_GAP, ...ys),
  };
}

/** The line of each block: 0 for those that count, and for others one that is free at their height. */
function lanesOf(blocks: readonly DagVertex[]): ReadonlyMap<string, number> {
  const lanes = new Map<string, number>();
  const taken = new Set<string>();
  for (const { hash, height, isVoided, parents: [parent = ""] } of blocks) {
    let lane = isVoided ? Math.max(1, lanes.get(parent) ?? 1) : 0;
    while (isVoided && taken.has(`${height} ${lane}`)) lane++;
    taken.add(`${height} ${lane}`);
    lanes.set(hash, lane);
  }
  return lanes;
}

function heightFor(
  { firstBlock, isVoided, timestamp }: DagVertex,
  known: ReadonlyMap<string, DagVertex>,
  blocks: readonly DagVertex[],
  waiting: number,
): number {
  const first = firstBlock === undefined ? undefined : known.get(firstBlock);
  if (first !== undefined) return first.height;
  if (firstBlock === undefined && !isVoided) return waiting;
  const after = blocks.find((block) => !block.isVoided && block.timestamp >= timestamp);
  return after?.height ?? waiting;
}

function edgesOf(from: DagNode, nodes: ReadonlyMap<string, DagNode>): DagEdge[] {
  return from.vertex.parents.flatMap((parent) => {
    const to = nodes.get(parent);
    if (to === undefined) return [];
    return [{ from, to, kind: kindOfEdge(from.vertex, to.vertex) }];
  });
}

function kindOfEdge(from: DagVertex, to: DagVertex): DagEdge["kind"] {
  if (!from.isBlock) return "verifies";
  if (to.isBlock) return "chain";
  return to.firstBlock === from.hash ? "confirms" : "repeats";
}

/** The path of a line, as SVG has it: it leaves and arrives level. */
export function edgePath({ from, to, kind }: DagEdge): string {
  if (kind === "chain" && from.y === to.y) return `M${from.x},${from.y}H${to.x}`;
  const middle = (from.x + to.x) / 2;
  return `M${from.x},${from.y}C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
}

/** Where an arrow key leads. */
export type Direction = "left" | "right" | "up" | "down";

/** The nearest node in a direction: what is far to the side counts as farther. */
export function neighbourOf(
  nodes: readonly DagNode[],
  from: DagNode,
  direction: Direction,
): DagNode | undefined {
  let best: { readonly node: DagNode; readonly far: number } | undefined;
  for (const node of nodes) {
    const [dx, dy] = [node.x - from.x, node.y - from.y];
    const [ahead, aside] = direction === "right"
      ? [dx, dy]
      : direction === "left"
      ? [-dx, dy]
      : direction === "down"
      ? [dy, dx]
      : [-dy, dx];
    if (ahead <= 0) continue;
    const far = ahead + 3 * Math.abs(aside);
    if (best === undefined || far < best.far) best = { node, far };
  }
  return best?.node;
}
