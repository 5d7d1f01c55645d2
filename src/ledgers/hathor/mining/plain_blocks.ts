import { z } from "zod";
import { inJson, jsonBody, plainAnswer, type Tells } from "../../../web/operation.ts";
import { failureForm, toldOf } from "../http/told.ts";
import { hashForm } from "../json/answer_forms.ts";
import { miningMessages } from "./operations.ts";
import type { PyJson } from "../../../python/json.ts";
import type { Route } from "../http/app.ts";
import { REWARDED } from "../http/block_routes.ts";
import { BadRequest, type RequestArguments } from "../http/arguments.ts";
import { jsonAnswer, textAnswer } from "../http/responses.ts";
import type { VertexTaker } from "../intake/intake.ts";
import type { HathorNode } from "../intake/node.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import { minimalBlock, timestampOf } from "../queries/template_block.ts";
import { blockTemplate, NodeSyncingError, NoTemplateError } from "../queries/templates.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { encodeVertex } from "../vertex/encode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import { type Vertex, VertexVersion } from "../vertex/vertex.ts";

/** What this route calls it. */
const NODE_SYNCING = "Node still syncing";

/** Whom a miner works for who names no address; undefined where there is nobody. */
export type OwnAddress = () => Promise<string | undefined>;

/** What the node's first miners ask: a whole block to be mined, and whether one is accepted. */
export function plainBlockRoute(
  node: HathorNode,
  intake: VertexTaker,
  ownAddress: OwnAddress,
): Route {
  return {
    path: "/mining",
    told: { GET: toldOfMining, POST: toldOfBlock },
    GET: ({ args }) => plainBlock(node, args, ownAddress),
    getAt: "owner",
    async POST({ body }) {
      const block = blockOf(node, await body());
      const isAccepted = block !== undefined && (await intake.submitBlock(block)).isAccepted;
      return textAnswer(isAccepted ? "1" : "0", "text/html");
    },
  };
}

/** What is at `/mining`, which is a socket's address as well. */
export const toldOfMining: Tells = () => ({
  ...toldOf(
    "A block to be mined, or the socket of miners",
    () => z.object({ parents: z.array(hashForm), block_bytes: z.string().describe("In base 64") }),
    () => ({
      query: REWARDED,
      more: { 503: inJson(z.union([z.object({ reason: z.string() }), failureForm()])) },
    }),
  )(),
  socket: miningMessages(),
});

const toldOfBlock: Tells = () => ({
  does: "Takes a block in; 1 says that it was accepted",
  body: jsonBody(bodySchema),
  answers: { 200: plainAnswer("text/html") },
});

async function plainBlock(
  node: HathorNode,
  args: RequestArguments,
  ownAddress: OwnAddress,
): Promise<PyJson | Response> {
  const address = args.read(REWARDED).address ?? await ownAddress();
  const script = address === undefined ? undefined : rewardScript(node, address);
  try {
    const template = await blockTemplate(node);
    const block = { ...minimalBlock(template, script), timestamp: timestampOf(template) };
    return { parents: [...block.parents], block_bytes: encodeVertex(block).toBase64() };
  } catch (error) {
    if (error instanceof NodeSyncingError) return jsonAnswer({ reason: NODE_SYNCING }, 503);
    if (error instanceof NoTemplateError) return jsonAnswer({ reason: error.message }, 503);
    throw error;
  }
}

function rewardScript({ network }: HathorNode, address: string): Uint8Array {
  try {
    const script = scriptOfAddress(network, decodeAddress(address));
    if (script !== undefined) return script;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  throw new BadRequest("Invalid address");
}

const bodySchema = z.object({ block_bytes: z.string() });

/** The block of a body; undefined where there is none. */
function blockOf({ network }: HathorNode, body: unknown): Vertex | undefined {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(parsed.data.block_bytes);
    const vertex = decodeVertex(bytes, network.maxVertexSize);
    return vertex.version === VertexVersion.block ? vertex : undefined;
  } catch (error) {
    // A SyntaxError is what a text that is no base64 throws.
    if (error instanceof VertexFormatError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
