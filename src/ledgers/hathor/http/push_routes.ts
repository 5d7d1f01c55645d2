import { z } from "zod";
import type { PyJson } from "../../../crypto/python_json.ts";
import { vertexJson } from "../json/vertex_json.ts";
import type { HathorService } from "../service.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { inputsOf, isBlock, type Vertex } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { BadRequest, bytesOf } from "./arguments.ts";
import { detailedVertex, newMetadataJson, vertexDetails } from "./details.ts";

const pushSchema = z.object({ hex_tx: z.string(), force: z.unknown().optional() });

/** What takes transactions in, and reads those that were not. */
export function pushRoutes(service: HathorService): Route[] {
  return [
    {
      path: "/push_tx",
      async POST({ body }) {
        const request = pushSchema.safeParse(await body());
        const { hex_tx: hex, force } = request.data ?? { hex_tx: "", force: false };
        return await push(service, hex, force === true);
      },
      GET: ({ args }) => push(service, args.find("hex_tx") ?? "", args.find("force") === "true"),
      getScope: "append",
    },
    {
      path: "/decode_tx",
      GET: ({ args }) => decoded(service, args.required("hex_tx").hex_tx),
    },
  ];
}

async function push(service: HathorService, hex: string, force: boolean): Promise<PyJson> {
  if (hex === "") return refused("Missing hexadecimal data");
  const bytes = bytesOf(hex);
  if (bytes === undefined) return refused("Invalid hexadecimal data");
  const vertex = vertexOf(service, bytes);
  if (vertex === undefined) {
    return refused("This transaction is invalid. Try to decode it first to validate it.");
  }
  if (isBlock(vertex)) {
    return refused(
      "This transaction is invalid. A transaction must have at least one input",
    );
  }
  const answer = await service.pushTransaction(vertex, { force });
  if (!answer.isAccepted) return { success: false, message: answer.message };
  return { success: true, message: "", tx: vertexJson(service.network, vertex) };
}

/** What is refused before it is looked at as a transaction. */
function refused(message: string): PyJson {
  return { success: false, message, can_force: false };
}

/** The vertex of some bytes; undefined where they are none. */
function vertexOf({ network }: HathorService, bytes: Uint8Array): Vertex | undefined {
  try {
    return decodeVertex(bytes, network.maxVertexSize);
  } catch (error) {
    if (error instanceof VertexFormatError) return undefined;
    throw error;
  }
}

async function decoded(service: HathorService, hex: string): Promise<PyJson> {
  const bytes = bytesOf(hex);
  if (bytes === undefined) throw new BadRequest("Invalid hexadecimal data");
  const vertex = vertexOf(service, bytes);
  if (vertex === undefined) throw new BadRequest("Could not decode transaction");
  const view = await service.vertex(vertex.hash);
  if (view !== undefined) return await vertexDetails(service, view);
  const spent = await spentVertices(service, vertex);
  return {
    success: true,
    tx: await detailedVertex(service, vertex, spent, isBlock(vertex) ? 0 : undefined),
    meta: newMetadataJson(vertex.hash, {
      weight: vertex.weight,
      height: 0,
      minHeight: 0,
      bitCounts: [],
    }),
    spent_outputs: {},
  };
}

/** What a vertex that is not in the graph spends from. The node fails where that is missing. */
async function spentVertices(
  service: HathorService,
  vertex: Vertex,
): Promise<ReadonlyMap<string, Vertex>> {
  const spent = new Map<string, Vertex>();
  for (const { txId, index } of inputsOf(vertex)) {
    const other = await service.vertex(txId);
    if (other?.vertex.outputs[index] === undefined) {
      throw new BadRequest(`Output ${index} of ${txId} is not known`);
    }
    spent.set(txId, other.vertex);
  }
  return spent;
}
