import type { Owner } from "../../../web/owner.ts";
import type { Intake } from "../intake/intake.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import type { Vertex } from "../vertex/vertex.ts";

/** Takes a miner's block in, given in hex; undefined where that is no vertex. */
export type SubmitBlock = (hex: string) => Promise<boolean | undefined>;

/** How sockets submit blocks, wherever they are. */
export function blockSubmission(intake: Intake, owner: Owner): SubmitBlock {
  return owner.task("hathor/submit_block", async (hex: string) => {
    const vertex = vertexOf(intake, hex);
    return vertex === undefined ? undefined : (await intake.submitBlock(vertex)).isAccepted;
  });
}

function vertexOf({ network }: Intake, hex: string): Vertex | undefined {
  try {
    return decodeVertex(Uint8Array.fromHex(hex), network.maxVertexSize);
  } catch (error) {
    // A SyntaxError is what a text that is no hex throws.
    if (error instanceof VertexFormatError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
