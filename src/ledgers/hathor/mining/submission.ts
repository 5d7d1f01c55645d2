import { z } from "zod";
import type { Owner } from "../../../web/owner.ts";
import { LEDGER } from "../networks/chain_names.ts";
import { blockError } from "../intake/answer.ts";
import type { Intake } from "../intake/intake.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import type { Vertex } from "../vertex/vertex.ts";

/** What became of a miner's block. */
export interface Submitted {
  readonly isAccepted: boolean;
  /** Why not, where the original takes that for an error. */
  readonly refusal?: string | undefined;
}

/** Takes a miner's block in, given in hex; undefined where that is no vertex. */
export type SubmitBlock = (hex: string) => Promise<Submitted | undefined>;

/** How sockets submit blocks, wherever they are. */
export function blockSubmission(intake: Intake, owner: Owner): SubmitBlock {
  return owner.task("hathor/submit_block", async (hex: string) => {
    const vertex = vertexOf(intake, hex);
    if (vertex === undefined) return undefined;
    const answer = await intake.submitBlock(vertex);
    return { isAccepted: answer.isAccepted, refusal: blockError(answer) };
  }, async (ask, hex) => {
    if (vertexOf(intake, hex) === undefined) return undefined;
    const answer = await ask(`/${LEDGER}/v1a/submit_block`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ hexdata: hex }),
    });
    const told = submitted.safeParse(await answer.json().catch(() => undefined));
    if (!answer.ok || !told.success) return { isAccepted: false };
    return { isAccepted: told.data.result, refusal: told.data.error };
  });
}

/** What the route says of a block. */
const submitted = z.object({ result: z.boolean(), error: z.string().optional() });

function vertexOf({ network }: Intake, hex: string): Vertex | undefined {
  try {
    return decodeVertex(Uint8Array.fromHex(hex), network.maxVertexSize);
  } catch (error) {
    // A SyntaxError is what a text that is no hex throws.
    if (error instanceof VertexFormatError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
