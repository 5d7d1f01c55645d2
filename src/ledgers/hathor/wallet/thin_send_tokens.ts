import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import type { VertexTaker } from "../intake/intake.ts";
import type { JsonObject } from "../json/output_json.ts";
import { placedTransaction } from "../queries/placing.ts";
import { MOST_WEIGHT, type WorkDesk } from "../mining/work_desk.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { spenderOf } from "../queries/views.ts";
import { tryDecodeVertex } from "../vertex/decode.ts";
import { isBlock, type Transaction } from "../vertex/vertex.ts";
import type { Route } from "../http/app.ts";
import { toldOf } from "../http/told.ts";
import { vertexForm } from "../json/answer_forms.ts";
import { hexBytes } from "../http/arguments.ts";
import { bodyBy, bodyIfAny } from "../http/json_body.ts";
import { FULLY_LOADED } from "./send_tokens.ts";
import { sendTransaction } from "./sent_transaction.ts";

const bodySchema = z.object({ tx_hex: z.string() });

/** Where sending ends; answered with that code. */
class Ended extends Error {
  override readonly name = "Ended";
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** Takes a signed transaction, finds its proof of work and sends it: for wallets without a miner. */
export function thinSendTokensRoute(
  queries: NodeQueries,
  intake: VertexTaker,
  desk: WorkDesk,
): Route {
  return {
    path: "/thin_wallet/send_tokens",
    told: { POST: told },
    async POST({ text }) {
      try {
        if (desk.isFull) throw new Ended("max_pow_threads", FULLY_LOADED);
        const tx = transactionIn(intake, await text());
        await assertUnspent(queries, tx);
        const mined = await desk.solve(() =>
          placedTransaction(queries, tx, { least: tx.timestamp })
        );
        if (mined === undefined) {
          throw new Ended(
            "stratum_timeout",
            "Timeout: error resolving transaction proof of work",
          );
        }
        const { isAccepted, message, tx: told } = await sendTransaction(intake, mined);
        if (!isAccepted && told === undefined) throw new Ended("python_resolve", message);
        return answer(isAccepted, message, isAccepted ? "success" : "propagating_error", told);
      } catch (error) {
        if (error instanceof Ended) return answer(false, error.message, error.code);
        throw error;
      }
    },
  };
}

const told = toldOf("Mines a signed transaction, and sends it", () =>
  z.object({
    success: z.boolean(),
    message: z.string(),
    return_code: z.string(),
    tx: vertexForm().optional(),
  }), () => ({ body: bodySchema }));

function answer(success: boolean, message: string, code: string, tx?: JsonObject): PyJson {
  return { success, message, return_code: code, ...tx === undefined ? {} : { tx } };
}

/** The transaction of a body, which can be worked on. */
function transactionIn(intake: VertexTaker, text: string): Transaction {
  if (text === "") throw new Ended("missing_json", "Missing POST data JSON");
  const body = bodyIfAny(text);
  if (body === undefined) throw new Ended("invalid_json", "Invalid JSON in POST data");
  const parsed = bodyBy(bodySchema, body);
  if (!parsed.success) throw new Ended("missing_tx_hex_param", "Missing 'tx_hex' parameter");
  const bytes = hexBytes(parsed.data.tx_hex);
  const vertex = bytes && tryDecodeVertex(bytes, intake.network.maxVertexSize);
  if (vertex === undefined || isBlock(vertex)) {
    throw new Ended("param_invalid_hex", "Error parsing hexdump to create the transaction");
  }
  const why = intake.whyNot(vertex);
  if (why !== undefined) throw new Ended("python_resolve", why);
  if (!(vertex.weight <= MOST_WEIGHT)) {
    throw new Ended("python_resolve", `The weight is greater than ${MOST_WEIGHT}`);
  }
  return vertex;
}

async function assertUnspent(queries: NodeQueries, { inputs }: Transaction): Promise<void> {
  for (const { txId, index } of inputs) {
    const view = await queries.vertex(txId);
    if (view === undefined) throw new Ended("python_resolve", txId);
    if (await spenderOf(view.metadata, index, queries.node.rows) === undefined) continue;
    throw new Ended(
      "double_spending",
      "Invalid transaction. At least one of your inputs has already been spent.",
    );
  }
}
