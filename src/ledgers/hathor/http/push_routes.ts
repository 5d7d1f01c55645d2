import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import type { VertexTaker } from "../intake/intake.ts";
import { vertexJson } from "../json/vertex_json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { VALIDATION_FAILED } from "../rules/refusal.ts";
import { tryDecodeVertex } from "../vertex/decode.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { hexBytes } from "./arguments.ts";
import { decodedVertex } from "./decoded_vertex.ts";
import { detailsForm } from "./details.ts";
import { vertexForm } from "../json/answer_forms.ts";
import { maybe, successWith, toldOf } from "./told.ts";
import { bodyBy, parsedBody } from "./json_body.ts";
import { jsonAnswer } from "./responses.ts";

const MISSING = "Missing hexadecimal data";

/** There may be `force` as well, which means nothing any more. */
const pushSchema = z.object({ hex_tx: z.string() });

const PUSHED = z.object({ hex_tx: maybe() });
const DECODED = z.object({ hex_tx: z.string() });

/** What takes transactions in, and reads those that were not. */
export function pushRoutes(queries: NodeQueries, intake: VertexTaker): Route[] {
  return [
    {
      path: "/push_tx",
      told: {
        POST: toldOf("Takes a transaction in", sentForm, () => ({ body: pushSchema })),
        GET: toldOf("Takes a transaction in", sentForm, () => ({ query: PUSHED })),
      },
      async POST({ text }) {
        const body = await text();
        if (body === "") return refused(MISSING);
        const request = bodyBy(pushSchema, parsedBody(body));
        return await push(intake, request.data?.hex_tx ?? "");
      },
      GET: ({ args }) => push(intake, args.read(PUSHED).hex_tx ?? ""),
      getScope: "append",
      getAt: "owner",
    },
    {
      path: "/decode_tx",
      told: {
        GET: toldOf("Reads a transaction that need not be there", detailsForm, () => ({
          query: DECODED,
        })),
      },
      GET: ({ args }) => decodedVertex(queries, args.read(DECODED).hex_tx),
    },
  ];
}

function sentForm() {
  return successWith({ message: z.literal(""), tx: vertexForm() });
}

async function push(intake: VertexTaker, hex: string): Promise<PyJson> {
  if (hex === "") return refused(MISSING);
  const bytes = hexBytes(hex);
  if (bytes === undefined) return refused("Invalid hexadecimal data");
  const vertex = tryDecodeVertex(bytes, intake.network.maxVertexSize);
  if (vertex === undefined) {
    return refused("This transaction is invalid. Try to decode it first to validate it.");
  }
  if (isBlock(vertex)) {
    return refused(
      "This transaction is invalid. A transaction must have at least one input",
    );
  }
  const why = intake.whyNot(vertex);
  if (why !== undefined) return { success: false, message: VALIDATION_FAILED + why };
  const answer = await intake.pushTransaction(vertex);
  if (!answer.isAccepted) return { success: false, message: answer.message };
  return { success: true, message: "", tx: vertexJson(intake.network, vertex) };
}

/** The answer to a request that pushes a transaction, as to one that breaks a rule. */
export function pushRejection(
  { url }: Pick<Request, "url">,
  { message }: { readonly message: string },
): Response | undefined {
  return new URL(url).pathname.endsWith("/push_tx")
    ? jsonAnswer({ success: false, message })
    : undefined;
}

/** What is refused before it is looked at as a transaction. */
function refused(message: string): PyJson {
  return { success: false, message, can_force: false };
}
