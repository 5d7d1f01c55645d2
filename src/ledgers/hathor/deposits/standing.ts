import type { HathorNode } from "../intake/node.ts";
import { isVoided, type Metadata } from "../rows/metadata.ts";
import { isBlock, type Vertex } from "../vertex/vertex.ts";
import type { Standing } from "./tell.ts";

/** A vertex as the events of one command leave it. */
export interface Change {
  readonly vertex: Vertex;
  /** The id of its first event, where that is among these. */
  readonly number: number | undefined;
  /** Undefined where it is removed. */
  readonly metadata: Metadata | undefined;
}

/** Whether what a vertex pays counts, and the block that confirms it: of a block that is itself. */
export async function standingOf(
  { vertex, metadata }: Change,
  { vertices, rows }: Pick<HathorNode, "vertices" | "rows">,
): Promise<Standing> {
  if (metadata === undefined) return { counts: false, reason: "removed" };
  const { hash } = vertex;
  const { firstBlock, height } = metadata;
  if (isBlock(vertex)) {
    return isVoided(metadata)
      ? { counts: false, reason: "reorganised" }
      : { counts: true, block: { hash, height } };
  }
  if (isVoided(metadata)) return { counts: false, reason: "voided" };
  if (firstBlock === null) return { counts: true, block: undefined };
  const block = await vertices.read(firstBlock, rows);
  return { counts: true, block: { hash: firstBlock, height: block.height } };
}
