import { isVoided } from "../consensus/metadata.ts";
import type { HathorService } from "../service.ts";
import type { VertexView } from "../state/views.ts";
import { inputsOf, isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { BadRequest, hashOf, wholeNumber } from "./arguments.ts";
import { knownVertex } from "./details.ts";
import { plain } from "./responses.ts";

/** How far from the vertex a drawing goes at the most, and how many vertices it has. */
const MOST_LEVELS = 3;
const MOST_VERTICES = 500;
const CHILDREN_DRAWN = 100;

type GraphType = "verification" | "funds";

/** Drawings of the graph around one vertex, in the language of Graphviz. */
export function graphvizRoutes(service: HathorService): Route[] {
  return [{
    path: "/graphviz/neighbours.dot",
    async GET({ args }) {
      const { tx, graph_type: type, max_level: levels } = args.required(
        "tx",
        "graph_type",
        "max_level",
      );
      const hash = hashOf(tx);
      await knownVertex(service, hash);
      if (type !== "verification" && type !== "funds") throw new BadRequest("Invalid graph type");
      const most = Math.min(wholeNumber("max_level", levels), MOST_LEVELS);
      return plain(await drawing(service, hash, type, most), "application/dot");
    },
  }];
}

async function drawing(
  service: HathorService,
  hash: string,
  type: GraphType,
  levels: number,
): Promise<string> {
  const drawn = new Map<string, VertexView>();
  const edges = new Set<string>();
  let level = [hash];
  for (let depth = 0; depth <= levels && level.length > 0; depth++) {
    const next: string[] = [];
    for (const each of level) {
      if (drawn.has(each) || drawn.size >= MOST_VERTICES) continue;
      const view = await service.vertex(each);
      if (view === undefined) continue;
      drawn.set(each, view);
      if (depth === levels) continue;
      const { before, after } = await neighbours(service, view, type);
      for (const other of before) edges.add(`\t"${each}" -> "${other}"`);
      for (const other of after) edges.add(`\t"${other}" -> "${each}"`);
      next.push(...before, ...after);
    }
    level = next;
  }
  const nodes = [...drawn].map(([each, view]) => nodeText(service, view, each === hash));
  return ["digraph {", "\trankdir=RL", ...nodes, ...edges, "}", ""].join("\n");
}

async function neighbours(
  service: HathorService,
  { vertex, metadata }: VertexView,
  type: GraphType,
): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }> {
  if (type === "verification") {
    const { hashes } = await service.children(vertex.hash, CHILDREN_DRAWN);
    return { before: vertex.parents, after: hashes };
  }
  const before = [...new Set(inputsOf(vertex).map(({ txId }) => txId))];
  return { before, after: [...new Set(metadata.spent.flatMap(([, hashes]) => hashes))] };
}

function nodeText(
  { network }: HathorService,
  { vertex, metadata }: VertexView,
  isCentre: boolean,
): string {
  const { hash } = vertex;
  const isFirst = hash === network.genesis.blockHash || hash === network.genesis.tx1Hash ||
    hash === network.genesis.tx2Hash;
  const colour = isFirst ? "aquamarine" : isBlock(vertex) ? "#FFA07A" : "#D3D3D3";
  const styles = ["filled", ...isVoided(metadata) ? ["dashed"] : []].join(",");
  const pen = isCentre ? " penwidth=4" : "";
  const shape = isBlock(vertex) ? " shape=box" : "";
  return `\t"${hash}" [label="${hash.slice(-8)}" fillcolor="${colour}" ` +
    `style="${styles}"${shape}${pen}]`;
}
