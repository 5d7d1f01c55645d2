import { assert, assertEquals } from "@std/assert";
import { DagGraph, MOST_VERTICES } from "../../../../src/page/app/explorers/hathor/dag/graph.ts";
import {
  edgePath,
  layDag,
  neighbourOf,
} from "../../../../src/page/app/explorers/hathor/dag/layout.ts";
import {
  endView,
  fittingScale,
  zoomedAt,
} from "../../../../src/page/app/explorers/hathor/dag/zoom.ts";

interface Told {
  readonly height?: number;
  readonly parents?: readonly string[];
  readonly voided?: boolean;
  readonly first?: string;
  readonly at?: number;
}

/** What the node tells of a vertex; a block where it has a height. */
function told(hash: string, { height, parents = [], voided = false, first, at = 0 }: Told) {
  return {
    hash,
    version: height === undefined ? 1 : 0,
    timestamp: at,
    parents,
    inputs: [],
    metadata: {
      height: height ?? 0,
      voided_by: voided ? [hash] : [],
      first_block: first ?? null,
    },
  };
}

function graphOf(vertices: Readonly<Record<string, Told>>, heights = 40): DagGraph {
  const graph = new DagGraph(heights);
  for (const [hash, about] of Object.entries(vertices)) {
    graph.take("NEW_VERTEX_ACCEPTED", told(hash, about));
  }
  return graph;
}

/** Two branches upon a block; the one of `b` gave way. */
const FORK: Readonly<Record<string, Told>> = {
  g: { height: 0, at: 1 },
  a1: { height: 1, parents: ["g"], at: 2 },
  b1: { height: 1, parents: ["g"], at: 3, voided: true },
  b2: { height: 2, parents: ["b1"], at: 4, voided: true },
  a2: { height: 2, parents: ["a1", "t"], at: 6 },
  t: { parents: [], first: "a2", at: 5 },
  w: { parents: ["t"], at: 7 },
};

Deno.test("the best chain is a line, what gave way lies above it, and transactions below", () => {
  const { nodes, edges } = layDag(graphOf(FORK).vertices());
  const at = new Map(nodes.map((node) => [node.vertex.hash, node]));
  const y = (hash: string) => at.get(hash)?.y ?? NaN;
  const x = (hash: string) => at.get(hash)?.x ?? NaN;
  assertEquals([y("g"), y("a1"), y("a2")], [0, 0, 0]);
  assert(y("b1") < 0 && y("b2") === y("b1"));
  assert(y("t") > 0 && y("w") > 0);
  assertEquals([x("a1") === x("b1"), x("a2") === x("b2")], [true, true]);
  // What a block confirms first is left of it, and what waits is right of all blocks.
  assert(x("a1") < x("t") && x("t") < x("a2") && x("a2") < x("w"));
  assertEquals([at.get("t")?.colour, at.get("w")?.colour], [at.get("a2")?.colour, undefined]);
  const kinds = edges.map(({ from, to, kind }) =>
    [from.vertex.hash, to.vertex.hash, kind].join(" ")
  );
  assertEquals(kinds.toSorted(), [
    "a1 g chain",
    "a2 a1 chain",
    "a2 t confirms",
    "b1 g chain",
    "b2 b1 chain",
    "w t verifies",
  ]);
  for (const edge of edges) assert(!edgePath(edge).includes("NaN"));
});

Deno.test("a reorganisation moves the branches: each is where the other was", () => {
  const graph = graphOf(FORK);
  const before = layDag(graph.vertices());
  graph.take("REORG_STARTED", {
    reorg_size: 2,
    previous_best_block: "a2",
    new_best_block: "b3",
    common_block: "g",
  });
  for (const hash of ["a1", "a2"]) {
    graph.take("VERTEX_METADATA_CHANGED", told(hash, { ...FORK[hash], voided: true }));
  }
  for (const hash of ["b1", "b2"]) {
    graph.take("VERTEX_METADATA_CHANGED", told(hash, { ...FORK[hash], voided: false }));
  }
  graph.take("VERTEX_REMOVED", { hash: "w" });
  graph.take("NEW_VERTEX_ACCEPTED", told("b3", { height: 3, parents: ["b2"], at: 8 }));
  const after = layDag(graph.vertices());
  const ys = ({ nodes }: typeof after, ...hashes: string[]) =>
    hashes.map((hash) => nodes.find(({ vertex }) => vertex.hash === hash)?.y);
  assertEquals(ys(after, "b1", "b2", "b3"), [0, 0, 0]);
  assertEquals(ys(after, "a1", "a2"), ys(before, "b1", "b2"));
  assertEquals(ys(after, "w"), [undefined]);
  assertEquals(graph.reorganisation, { size: 2, previous: "a2", next: "b3", common: "g" });
});

Deno.test("two branches at the same heights lie above each other", () => {
  const { nodes } = layDag(
    graphOf({
      ...FORK,
      c1: { height: 1, parents: ["g"], at: 3, voided: true },
      c2: { height: 2, parents: ["c1"], at: 4, voided: true },
    }).vertices(),
  );
  const places = nodes.map(({ x, y }) => `${x} ${y}`);
  assertEquals(new Set(places).size, nodes.length);
});

Deno.test("many transactions of one block stand side by side, none upon another", () => {
  const many = Array.from({ length: 40 }, (_, at) => [`t${at}`, { first: "a2", at: 5 }] as const);
  const { nodes, right, bottom } = layDag(
    graphOf({ ...FORK, ...Object.fromEntries(many) }).vertices(),
  );
  const places = new Set(nodes.map(({ x, y }) => `${x} ${y}`));
  assertEquals(places.size, nodes.length);
  assert(nodes.every(({ x, y }) => x <= right && y <= bottom));
});

Deno.test("only so many heights are kept, with what belongs to them", () => {
  const vertices: Record<string, Told> = {};
  for (let height = 0; height < 100; height++) {
    vertices[`t${height}`] = { first: `b${height}`, at: 10 * height - 1 };
    vertices[`b${height}`] = { height, parents: [`b${height - 1}`], at: 10 * height };
  }
  const kept = graphOf({ ...vertices, waiting: { at: 999 } }, 10).vertices();
  assertEquals(kept.filter(({ isBlock }) => isBlock).map(({ height }) => height), [
    ...Array.from({ length: 10 }, (_, at) => 90 + at),
  ]);
  assertEquals(kept.filter(({ isBlock }) => !isBlock).map(({ hash }) => hash), [
    ...Array.from({ length: 10 }, (_, at) => `t${90 + at}`),
    "waiting",
  ]);
});

Deno.test("of more vertices than can be drawn the newest are kept", () => {
  const graph = graphOf({ g: { height: 0, at: 1 } });
  for (let at = 0; at < 3 * MOST_VERTICES; at++) {
    graph.take("NEW_VERTEX_ACCEPTED", told(`t${at}`, { at: 2 }));
  }
  const kept = graph.vertices();
  assertEquals([kept.length, kept.at(-1)?.hash], [MOST_VERTICES, `t${3 * MOST_VERTICES - 1}`]);
});

Deno.test("arrow keys go to what is next on the drawing", () => {
  const { nodes } = layDag(graphOf(FORK).vertices());
  const at = (hash: string) => nodes.find(({ vertex }) => vertex.hash === hash);
  const go = (from: string, direction: "left" | "right" | "up" | "down") => {
    const node = at(from);
    return node && neighbourOf(nodes, node, direction)?.vertex.hash;
  };
  assertEquals(go("g", "right"), "a1");
  assertEquals(go("a2", "left"), "a1");
  assertEquals(go("a2", "up"), "b2");
  assertEquals(go("b2", "down"), "a2");
  assertEquals([go("g", "left"), go("b1", "up")], [undefined, undefined]);
});

Deno.test("the newest stays in sight, and zooming keeps what is under the pointer", () => {
  const bounds = { left: 0, right: 5_000, top: -50, bottom: 200 };
  const size = { width: 800, height: 400 };
  const end = endView(bounds, size, 1);
  const right = bounds.right * end.scale + end.x;
  assert(right > size.width / 2 && right < size.width);
  // A drawing that has room begins at the left, and does not move as it grows.
  const small = [100, 200].map((right) => endView({ ...bounds, right }, size, 1).x);
  assertEquals(small[0], small[1]);
  const at = { x: 300, y: 120 };
  const closer = zoomedAt(end, 1.5, at);
  assertEquals(
    Math.round((at.x - closer.x) / closer.scale),
    Math.round((at.x - end.x) / end.scale),
  );
  assert(fittingScale(bounds, size) * bounds.right < size.width);
  assertEquals(zoomedAt(end, 1e9, at).scale, zoomedAt(end, 1e6, at).scale);
});
