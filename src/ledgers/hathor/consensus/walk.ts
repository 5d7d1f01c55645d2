import type { Graph, GraphNode } from "./graph.ts";

/** How a walk goes on: to the neighbours of this vertex, without them, or not at all. */
export type WalkStep = "on" | "back" | "end";

/** The neighbours that a walk visits: children and spenders, spenders alone, or ancestors. */
export type Direction = "after" | "spenders" | "before";

/**
 * Visits vertices in order of their timestamps, each once, since whatever builds on another is
 * younger. `visit` says whether the walk goes `on` to the neighbours, `back` without them, or ends.
 */
export async function walk(
  graph: Graph,
  roots: readonly GraphNode[],
  direction: Direction,
  visit: (node: GraphNode) => WalkStep | Promise<WalkStep>,
): Promise<void> {
  const queue = new TimestampQueue(direction === "before" ? -1 : 1);
  for (const root of roots) queue.push(root);
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const step = await visit(node);
    if (step === "end") return;
    if (step === "back") continue;
    await pushNeighbours(graph, node, direction, queue);
  }
}

/** Visits as {@linkcode walk} does, but for `root` itself. */
export async function walkFrom(
  graph: Graph,
  root: GraphNode,
  direction: Direction,
  visit: (node: GraphNode) => WalkStep | Promise<WalkStep>,
): Promise<void> {
  await walk(graph, [root], direction, (node) => node === root ? "on" : visit(node));
}

async function pushNeighbours(
  graph: Graph,
  node: GraphNode,
  direction: Direction,
  queue: TimestampQueue,
): Promise<void> {
  for (const hash of await neighbours(graph, node, direction)) {
    if (!queue.has(hash)) queue.push(await graph.get(hash));
  }
}

function neighbours(
  graph: Graph,
  node: GraphNode,
  direction: Direction,
): readonly string[] | Promise<readonly string[]> {
  switch (direction) {
    case "after":
      return graph.after(node);
    case "spenders":
      return node.spenders;
    case "before":
      return graph.before(node);
  }
}

/** A heap of vertices, the oldest on top, or the youngest. */
class TimestampQueue {
  readonly #heap: GraphNode[] = [];
  readonly #waiting = new Set<string>();
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  has(hash: string): boolean {
    return this.#waiting.has(hash);
  }

  push(node: GraphNode): void {
    this.#waiting.add(node.hash);
    this.#rise(this.#heap.push(node) - 1);
  }

  /** Equal timestamps come as from Python's heapq: sums with `enough` end where the node's do. */
  pop(): GraphNode | undefined {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (top === undefined || last === undefined) return undefined;
    this.#waiting.delete(top.hash);
    if (this.#heap.length === 0) return top;
    this.#heap[0] = last;
    let at = 0;
    for (let child = 1; child < this.#heap.length; child = 2 * at + 1) {
      const right = child + 1;
      if (right < this.#heap.length && !this.#isBefore(child, right)) child = right;
      this.#swap(child, at);
      at = child;
    }
    this.#rise(at);
    return top;
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#key(a) < this.#key(b);
  }

  #key(at: number): number {
    return (this.#heap[at]?.vertex.timestamp ?? 0) * this.#sign;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
