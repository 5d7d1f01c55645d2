import { Pace } from "../../../kernel/turn.ts";
import { SOFT_VOIDED } from "../consensus/soft_voiding.ts";
import type { Network } from "../networks/network.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import type { KeptVertex } from "../queries/views.ts";
import { EventType, vertexHashOf } from "../rows/events.ts";
import { isVoided } from "../rows/metadata.ts";
import { inputsOf, isBlock } from "../vertex/vertex.ts";
import { type DotAttributes, dotEdge, dotGraph, dotNode, dotSetting, dotSubgraph } from "./dot.ts";

/** Vertices around one that are drawn at the most. */
const MOST_AROUND = 500;
const CHILDREN_DRAWN = 20;

/** Lines of a drawing, of up to some 150 characters each; vertices may have hundreds of edges. */
const MOST_LINES = 50_000;

/** Vertices that are read at once. */
const READ_AT_ONCE = 100;

/** The drawing would be too large for one answer. */
export class TooLargeToDraw extends Error {
  override readonly name = "TooLargeToDraw";
}

function assertDrawable(lines: number): void {
  if (lines > MOST_LINES) throw new TooLargeToDraw("The drawing is too large");
}

const SHAPE = dotSetting({ shape: "oval", style: "" }, "node");
const RIGHT_TO_LEFT = dotSetting({ rankdir: "RL" });

const BLOCK: DotAttributes = { shape: "box", style: "filled", fillcolor: "#EC644B" };
const GENESIS: DotAttributes = { fillcolor: "#87D37C", style: "filled" };
const VOIDED: DotAttributes = { style: "dashed,filled", penwidth: "0.25", fillcolor: "#BDC3C7" };
const SOFT: DotAttributes = { fillcolor: "#CCCCFF" };
const CENTRE: DotAttributes = { style: "filled", penwidth: "5.0" };

/** What a drawing of everything shows. */
export interface FullDrawing {
  readonly hasWeights: boolean;
  readonly hasAccumulatedWeights: boolean;
  readonly hasVerifications: boolean;
  readonly hasFunds: boolean;
  readonly isOfBlocksAlone: boolean;
}

/** All vertices, those before others that build on them. */
export async function drawAll(queries: NodeQueries, shown: FullDrawing): Promise<string> {
  const { network } = queries;
  const edges: string[] = [];
  const groups = { blocks: [] as string[], txs: [] as string[], genesis: [] as string[] };
  const blocks = new Set<string>();
  const turns = Pace.ofSteps();
  for (const view of await inOrder(await allVertices(queries, turns), turns)) {
    const { vertex } = view;
    const { hash } = vertex;
    if (turns.isDue) await turns.give();
    if (shown.isOfBlocksAlone && !isBlock(vertex)) continue;
    const work = shown.hasAccumulatedWeights ? await queries.knownWork(view) : undefined;
    const label = labelOf(view, shown.hasWeights, work);
    const node = dotNode(hash, { ...colours(network, view), label });
    if (isGenesis(network, hash)) groups.genesis.push(node);
    else if (isBlock(vertex)) groups.blocks.push(node);
    else groups.txs.push(node);
    const penOf = (other: string) => ({ penwidth: blocks.has(other) ? "3" : "1" });
    for (const { txId } of inputsOf(vertex)) {
      edges.push(
        dotEdge(hash, txId, { ...penOf(txId), style: shown.hasFunds ? "dashed" : "invis" }),
      );
    }
    for (const parent of shown.hasVerifications ? vertex.parents : []) {
      if (shown.isOfBlocksAlone && !blocks.has(parent)) continue;
      edges.push(dotEdge(hash, parent, penOf(parent)));
    }
    if (isBlock(vertex)) blocks.add(hash);
  }
  const subgraphs = Object.entries(groups).flatMap(([name, nodes]) => dotSubgraph(name, nodes));
  const settings = [RIGHT_TO_LEFT, dotSetting({ overlap: "scale" })];
  return dotGraph([SHAPE, ...edges, ...subgraphs, ...settings]);
}

/** Every vertex there is, by hash. Throws {@linkcode TooLargeToDraw}. */
async function allVertices(
  queries: NodeQueries,
  turns: Pace,
): Promise<Map<string, KeptVertex>> {
  const hashes: string[] = [];
  for await (const batch of queries.chain.batches(0)) {
    for (const event of batch.events(0)) {
      if (event.type === EventType.newVertex) hashes.push(vertexHashOf(event));
      if (turns.isDueAfter(1)) await turns.give();
    }
  }
  const known = new Map<string, KeptVertex>();
  let lines = 0;
  for (let at = 0; at < hashes.length; at += READ_AT_ONCE) {
    const some = hashes.slice(at, at + READ_AT_ONCE);
    // What was removed is there no more.
    for (const view of await Promise.all(some.map((hash) => queries.vertex(hash)))) {
      if (view === undefined) continue;
      known.set(view.vertex.hash, view);
      lines += 1 + inputsOf(view.vertex).length + view.vertex.parents.length;
    }
    assertDrawable(lines);
    if (turns.isDue) await turns.give();
  }
  return known;
}

/** Depth first from each block in order of their hashes, and then from what no block confirms. */
async function inOrder(
  views: ReadonlyMap<string, KeptVertex>,
  turns: Pace,
): Promise<KeptVertex[]> {
  const sorted = [...views].sort(([a], [b]) => a < b ? -1 : 1).map(([, view]) => view);
  const roots = [...sorted.filter(({ vertex }) => isBlock(vertex)), ...sorted];
  const ordered: KeptVertex[] = [];
  const isDone = new Map<string, boolean>();
  for (const root of roots) {
    const stack = [root];
    for (let view = stack.at(-1); view !== undefined; view = stack.at(-1)) {
      if (turns.isDueAfter(1)) await turns.give();
      const { vertex } = view;
      const state = isDone.get(vertex.hash);
      if (state === undefined) {
        isDone.set(vertex.hash, false);
        // What is pushed last comes first: what is spent, and then the first parent.
        const before = [
          ...vertex.parents.toReversed(),
          ...inputsOf(vertex).map(({ txId }) => txId),
        ];
        for (const hash of before) {
          const other = views.get(hash);
          if (other !== undefined && !isDone.has(hash)) stack.push(other);
        }
        continue;
      }
      if (!state) ordered.push(view);
      isDone.set(vertex.hash, true);
      stack.pop();
    }
  }
  return ordered;
}

/** What is around a vertex: by its parents and children, or by the money that it moves. */
export async function drawAround(
  queries: NodeQueries,
  root: KeptVertex,
  by: string,
  levels: number,
): Promise<string> {
  const lines: string[] = [];
  const seen = new Set([root.vertex.hash]);
  const stack = [{ level: 0, view: root }];
  const turns = Pace.ofSteps();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { level, view } = next;
    assertDrawable(lines.length);
    if (turns.isDue) await turns.give();
    const links = await linksOf(queries, view, by);
    if (links === undefined) continue;
    const { hash } = view.vertex;
    const centre = view === root ? CENTRE : {};
    const label = labelOf(view);
    lines.push(dotNode(hash, { ...colours(queries.network, view), ...centre, label }));
    for (const other of level <= levels ? [...links.before, ...links.after] : []) {
      if (seen.has(other) || seen.size >= MOST_AROUND) continue;
      const found = await queries.vertex(other);
      if (found === undefined) continue;
      seen.add(other);
      stack.push({ level: level + 1, view: found });
    }
    if (links.hasMore && level <= levels) {
      const more = `${hash}_extra_children`;
      lines.push(dotNode(more, { label: "more children" }), dotEdge(more, hash));
    }
    for (const other of links.before) if (seen.has(other)) lines.push(dotEdge(hash, other));
  }
  return dotGraph([RIGHT_TO_LEFT, SHAPE, ...lines]);
}

interface Links {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly hasMore: boolean;
}

/** What a vertex is drawn next to; undefined where it is not drawn itself. */
async function linksOf(
  queries: NodeQueries,
  { vertex, metadata }: KeptVertex,
  by: string,
): Promise<Links | undefined> {
  if (by === "funds") {
    const before = inputsOf(vertex).map(({ txId }) => txId);
    return { before, after: metadata.spent.flatMap(([, hashes]) => hashes), hasMore: false };
  }
  if (by !== "verification" || isBlock(vertex)) return undefined;
  const { hashes, hasMore } = await queries.children(vertex.hash, CHILDREN_DRAWN);
  return { before: vertex.parents, after: hashes.toSorted(), hasMore };
}

function colours(network: Network, { vertex, metadata }: KeptVertex): DotAttributes {
  return {
    ...isBlock(vertex) ? BLOCK : {},
    ...isGenesis(network, vertex.hash) ? GENESIS : {},
    ...isVoided(metadata) ? VOIDED : {},
    ...metadata.voidedBy.includes(SOFT_VOIDED) ? SOFT : {},
  };
}

function labelOf(
  { vertex }: KeptVertex,
  hasWeight = false,
  accumulatedWork?: bigint,
): string {
  const parts = [vertex.hash.slice(-4)];
  if (hasWeight) parts.push(`w: ${vertex.weight.toFixed(2)}`);
  // As Python shows an integer with two places: what a double holds of it.
  if (accumulatedWork !== undefined) parts.push(`a: ${BigInt(Number(accumulatedWork))}.00`);
  return parts.join("\n");
}

function isGenesis({ genesis }: Network, hash: string): boolean {
  return [genesis.blockHash, genesis.tx1Hash, genesis.tx2Hash].includes(hash);
}
