import { z } from "zod";
import type { PyJson } from "../../../python/json.ts";
import { vertexJson } from "../json/vertex_json.ts";
import { placedTransaction } from "../queries/placing.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import { activeFeatures, mempoolFeatures } from "../networks/features.ts";
import type { Network } from "../networks/network.ts";
import { findToken } from "../queries/lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { spenderOf } from "../queries/views.ts";
import type { Dependencies } from "../rules/context.ts";
import { assertDependencies, dependenciesOf, tokensSpent } from "../rules/dependencies.ts";
import { VertexRefusal } from "../rules/refusal.ts";
import { minTransactionWeight } from "../rules/tx_weight.ts";
import { verifyUnsigned } from "../rules/verify_unsigned.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { MAX_AMOUNT } from "../vertex/amount.ts";
import { sealVertex } from "../vertex/seal.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import {
  HTR_UID,
  TokenVersion,
  type TransactionFields,
  type TxInput,
  type TxOutput,
  UNPLACED,
  type Vertex,
  VertexVersion,
} from "../vertex/vertex.ts";
import type { Route } from "../http/app.ts";
import { hexBytes, tokenUidOf } from "../http/arguments.ts";
import { bodyBy, bodyIfAny, integerOf } from "../http/json_body.ts";
import { inJson } from "../../../web/operation.ts";
import { vertexForm } from "../json/answer_forms.ts";
import { refusalForm, successWith, toldOf } from "../http/told.ts";
import { jsonAnswer } from "../http/responses.ts";

/** As many bytes as a signature and its key take: the weight is of the transaction once signed. */
const SIGNED_SIZE = 107;

const LARGEST_INDEX = 255;

const inputSchema = z.object({
  tx_id: z.string(),
  index: z.unknown(),
  data: z.string().nullish(),
});

const outputSchema = z.object({
  value: z.union([z.int(), z.bigint()]).transform(BigInt),
  token_uid: z.string().nullish(),
  script: z.string().nullish(),
  address: z.string().nullish(),
});

const bodySchema = z.object({
  inputs: z.array(inputSchema).default([]),
  outputs: z.array(outputSchema).default([]),
});

/** What the original has no answer for; its answer is `{"error":…}`, as that of a refusal. */
class NoRequest extends Error {
  override readonly name = "NoRequest";
}

/** Makes a transaction of inputs and outputs, for the client to sign and to have mined. */
export function createTxRoute(queries: NodeQueries): Route {
  return {
    path: "/create_tx",
    told: { POST: told },
    async POST({ text }) {
      try {
        return await created(queries, bodyIfAny(await text()));
      } catch (error) {
        if (error instanceof NoRequest) return jsonAnswer({ error: error.message }, 400);
        if (error instanceof VertexRefusal || error instanceof AddressError) {
          return jsonAnswer({ error: error.message }, 500);
        }
        throw error;
      }
    },
    postScope: "read",
  };
}

const told = toldOf("Makes a transaction to be signed", () =>
  successWith({
    hex_data: z.string(),
    data: vertexForm().omit({ hash: true }),
  }), () => {
  const refused = inJson(refusalForm());
  // The original's answer where a rule refuses it.
  return { body: bodySchema, more: { 400: refused, 500: refused } };
});

async function created(queries: NodeQueries, body: PyJson | undefined): Promise<PyJson> {
  const { network } = queries;
  const request = bodyBy(bodySchema, body);
  if (!request.success) throw new NoRequest("The body has to be an object of inputs and outputs");
  const inputs = request.data.inputs.map(inputOf);
  const tokens: string[] = [];
  const outputs = request.data.outputs.map((output) => outputOf(network, output, tokens));
  assertCounts(network, inputs.length, outputs.length);
  const { latestTimestamp } = await queries.state();
  const least = Math.floor(Math.max(latestTimestamp, queries.seconds()));
  const unplaced: TransactionFields = {
    version: VertexVersion.transaction,
    ...UNPLACED,
    tokens,
    inputs,
    outputs,
  };
  const fields = await placedTransaction(queries, unplaced, { least });
  const signed = sealVertex({
    ...fields,
    inputs: inputs.map((input) => ({ ...input, data: new Uint8Array(SIGNED_SIZE) })),
  });
  const tx = sealVertex({ ...fields, weight: minTransactionWeight(network, signed).value });
  const dependencies = await dependenciesAt(queries, tx);
  assertDependencies(tx, dependencies);
  const features = mempoolFeatures(activeFeatures(network.features, () => true));
  verifyUnsigned({ network, features, now: undefined }, tx, dependencies);
  if (await isSpent(queries, inputs)) {
    throw new VertexRefusal(
      "ConflictingInputs",
      "At least one of your inputs has already been spent.",
    );
  }
  const { hash: _hash, nonce: _nonce, ...data } = vertexJson(network, tx);
  return { success: true, hex_data: tx.bytes.toHex(), data };
}

function inputOf({ tx_id: hex, index, data }: z.infer<typeof inputSchema>): TxInput {
  const txId = hexBytes(hex);
  const place = integerOf(index);
  if (txId === undefined || place === undefined) {
    throw new NoRequest("An input has a tx_id and an index");
  }
  if (txId.length !== HASH_SIZE) throw new VertexRefusal("TransactionDoesNotExist", txId.toHex());
  if (place < 0n || place > LARGEST_INDEX) throw new NoRequest("An index is from 0 to 255");
  return { txId: txId.toHex(), index: Number(place), data: base64Of(data ?? "") };
}

function outputOf(
  network: Network,
  { value, token_uid: token, script, address }: z.infer<typeof outputSchema>,
  tokens: string[],
): TxOutput {
  if (value > MAX_AMOUNT) throw new NoRequest("A value is up to 2^63");
  const tokenData = token === null || token === undefined ? 0 : indexOf(token, tokens);
  if (script !== null && script !== undefined && script !== "") {
    return positive({ value, tokenData, script: base64Of(script) });
  }
  if (address === null || address === undefined) {
    throw new NoRequest("An output has an address or a script");
  }
  const paying = scriptOfAddress(network, decodeAddress(address));
  if (paying === undefined) throw new VertexRefusal("ScriptError", "The address is not valid");
  return positive({ value, tokenData, script: paying });
}

/** No bytes can say a value that is none. */
function positive(output: TxOutput): TxOutput {
  if (output.value > 0n) return output;
  throw new VertexRefusal("InvalidToken", "Invalid value for output");
}

/** The index of a token, which is added to those that there are. */
function indexOf(text: string, tokens: string[]): number {
  const bytes = hexBytes(text);
  const uid = bytes && tokenUidOf(bytes);
  if (uid === undefined) throw new NoRequest("A token_uid is 32 bytes in hexadecimal");
  if (uid === HTR_UID) return 0;
  const at = tokens.indexOf(uid);
  return at >= 0 ? at + 1 : tokens.push(uid);
}

function base64Of(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch (error) {
    // That is what a text that is no base64 throws.
    if (error instanceof SyntaxError) throw new NoRequest("Scripts and data are in base64");
    throw error;
  }
}

/** Counts are one byte of a vertex: more than they can be is refused before there is one. */
function assertCounts({ maxInputs, maxOutputs }: Network, inputs: number, outputs: number): void {
  if (inputs > maxInputs) {
    throw new VertexRefusal("TooManyInputs", "Maximum number of inputs exceeded");
  }
  if (outputs > maxOutputs) {
    throw new VertexRefusal("TooManyOutputs", "Maximum number of outputs exceeded");
  }
}

async function dependenciesAt(queries: NodeQueries, tx: Vertex): Promise<Dependencies> {
  const vertices = new Map<string, Vertex>();
  for (const hash of dependenciesOf(tx)) {
    const view = await queries.vertex(hash);
    if (view !== undefined) vertices.set(hash, view.vertex);
  }
  const versions = new Map<string, TokenVersion>([[HTR_UID, TokenVersion.native]]);
  for (const uid of tokensSpent(tx, (hash) => vertices.get(hash))) {
    const token = versions.has(uid) ? undefined : await findToken(queries.chain, uid);
    const version = Object.values(TokenVersion).find((known) => known === token?.version);
    if (version !== undefined) versions.set(uid, version);
  }
  return {
    vertex: (hash) => vertices.get(hash),
    tokenVersion: (uid) => versions.get(uid),
  };
}

async function isSpent(queries: NodeQueries, inputs: readonly TxInput[]): Promise<boolean> {
  for (const { txId, index } of inputs) {
    const view = await queries.vertex(txId);
    if (view !== undefined && await spenderOf(view.metadata, index, queries.node.rows)) return true;
  }
  return false;
}
