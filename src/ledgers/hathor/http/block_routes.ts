import { z } from "zod";
import { withoutSecrets } from "../../../kernel/secrets.ts";
import { Pace } from "../../../kernel/turn.ts";
import { PyFloat, type PyJson } from "../../../python/json.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { pyRepr } from "../../../python/str.ts";
import { blockError } from "../intake/answer.ts";
import type { VertexTaker } from "../intake/intake.ts";
import { outputJson } from "../json/output_json.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import { signalledBlock } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";
import { CalledContracts } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { minimalBlock, timestampOf } from "../queries/template_block.ts";
import { blockTemplate, NODE_SYNCING, NoTemplateError } from "../queries/templates.ts";
import type { VertexView } from "../queries/views.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { tryDecodeVertex } from "../vertex/decode.ts";
import { inputsOf, isBlock, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { BadRequest, hexBytes, type RequestArguments } from "./arguments.ts";
import { newMetadataJson } from "./details.ts";
import { miningInfo } from "./mining_info.ts";
import { exactInteger, literal, readArguments } from "./pydantic.ts";
import { inJson } from "../../../web/operation.ts";
import { hashForm, historyForm, metadataForm } from "../json/answer_forms.ts";
import { errorForm, failureForm, maybe, refusalForm, successWith, toldOf } from "./told.ts";
import { jsonAnswer, jsonStream } from "./responses.ts";

/** What a miner of several chains says of itself. */
const MERGED_MINING = "mergedmining";

const BLOCK_AT_HEIGHT = {
  name: "BlockAtHeightParams",
  status: 400,
  form: z.object({
    height: exactInteger(),
    include_transactions: literal("txid", "full").optional(),
  }),
};

/** What asks for a block may say whom it pays. */
export const REWARDED = z.object({ address: maybe("Whom the reward is for") });

const TEMPLATE = REWARDED.extend({
  capabilities: z.array(
    z.enum([MERGED_MINING], {
      error: ({ input }) => `${pyRepr(String(input))} is not a valid Capabilities`,
    }),
  ).optional(),
});

const blockSchema = z.object({ hexdata: z.string() });

/** What tells of blocks, what miners ask for, and what takes blocks in. */
export function nodeBlockRoutes(queries: NodeQueries, intake: VertexTaker): Route[] {
  return [
    {
      path: "/block_at_height",
      told: { GET: toldOfBlock },
      GET: ({ args }) => blockAtHeight(queries, args),
    },
    {
      path: "/get_block_template",
      told: { GET: toldOfTemplate },
      GET: ({ args }) => answered(() => template(queries, args)),
    },
    {
      path: "/submit_block",
      told: { POST: toldOfSubmission },
      async POST({ body }) {
        const request = blockSchema.safeParse(await body());
        if (!request.success) throw new BadRequest("Missing hexadecimal data");
        const vertex = vertexOf(queries, request.data.hexdata);
        if (!isBlock(vertex)) return refusal("Not a block");
        if (!queries.isSynced) return refusal(NODE_SYNCING);
        const answer = await intake.submitBlock(vertex);
        const error = blockError(answer);
        return error === undefined ? { result: answer.isAccepted } : refusal(error, 500);
      },
    },
    {
      path: "/getmininginfo",
      told: { GET: toldOfMining },
      GET: () => miningInfo(queries),
    },
  ];
}

const toldOfBlock = toldOf(
  "The block of a height, and what it confirms",
  () =>
    successWith({
      block: historyForm(),
      tx_ids: z.array(hashForm).nullable(),
      transactions: z.array(historyForm()).nullable(),
    }),
  () => ({ query: BLOCK_AT_HEIGHT.form, more: { 400: inJson(errorForm()) } }),
);

const toldOfTemplate = toldOf("What can be mined now", () =>
  z.looseObject({
    timestamp: z.number(),
    version: z.int(),
    weight: z.number(),
    signal_bits: z.int(),
    parents: z.array(hashForm),
    outputs: z.array(z.looseObject({ value: z.number() })),
    metadata: metadataForm(),
    tokens: z.array(z.string()),
    data: z.string(),
  }), () => ({
    query: TEMPLATE,
    more: {
      400: inJson(refusalForm()),
      503: inJson(z.union([refusalForm(), failureForm()])),
    },
  }));

const toldOfSubmission = toldOf("Takes a block in", () => z.object({ result: z.boolean() }), () => {
  const refused = inJson(refusalForm());
  // The original's answer where a rule refuses a block.
  return { body: blockSchema, more: { 400: refused, 500: refused } };
});

const toldOfMining = toldOf("How hard it is to mine", () =>
  successWith({
    hashrate: z.number(),
    difficulty: z.number(),
    blocks: z.number(),
    mined_tokens: z.number(),
  }));

async function blockAtHeight(
  queries: NodeQueries,
  args: RequestArguments,
): Promise<PyJson | Response> {
  const { height, include_transactions: wanted } = readArguments(BLOCK_AT_HEIGHT, args);
  const view = await queries.blockAt(Number(height));
  if (view === undefined) throw new BadRequest(`No block with height ${height}.`);
  const hashes = wanted === undefined ? [] : await confirmedBy(queries, view);
  const block = await queries.history(view);
  if (wanted === "full") return jsonStream(wholeBlock(queries, block, hashes));
  return { success: true, block, tx_ids: wanted === "txid" ? hashes : null, transactions: null };
}

/** The answer with all transactions of a block: there may be many, and each may be large. */
async function* wholeBlock(
  queries: NodeQueries,
  block: PyJson,
  hashes: readonly string[],
): AsyncGenerator<string, void, void> {
  yield `{"success":true,"block":${writeRestJson(block)},"tx_ids":null,"transactions":[`;
  const contracts = new CalledContracts(queries.node);
  let separator = "";
  for (const hash of hashes) {
    const view = await queries.vertex(hash);
    // A reorganisation has removed it meanwhile.
    if (view === undefined) continue;
    yield separator + writeRestJson(await queries.history(view, contracts));
    separator = ",";
  }
  yield "]}";
}

/** Transactions that a block confirms first, those that it reaches in the fewest steps first. */
async function confirmedBy(queries: NodeQueries, { vertex }: VertexView): Promise<string[]> {
  const confirmed: string[] = [];
  const reached = new Set(vertex.parents);
  const turns = Pace.ofSteps();
  // A Set yields what is added while it is iterated: this is a breadth-first walk.
  for (const hash of reached) {
    if (turns.isDue) await turns.give();
    const view = await queries.vertex(hash);
    if (view === undefined || view.metadata.firstBlock !== vertex.hash) continue;
    confirmed.push(hash);
    for (const parent of view.vertex.parents) reached.add(parent);
    for (const { txId } of inputsOf(view.vertex)) reached.add(txId);
  }
  return confirmed;
}

function refusal(error: string, status = 400): Response {
  return jsonAnswer({ error: withoutSecrets(error) }, status);
}

/** The answer, or the refusal in the form of the routes of miners. */
async function answered(answer: () => Promise<PyJson>): Promise<PyJson | Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof BadRequest) return refusal(error.message, 500);
    if (error instanceof NoTemplateError) return refusal(error.message, 503);
    throw error;
  }
}

function rewardScript(network: Network, address: string): Uint8Array {
  try {
    const script = scriptOfAddress(network, decodeAddress(address));
    if (script !== undefined) return script;
  } catch (error) {
    if (error instanceof AddressError) throw new BadRequest(error.message);
    throw error;
  }
  throw new BadRequest("The address is not valid");
}

async function template(queries: NodeQueries, args: RequestArguments): Promise<PyJson> {
  const { network } = queries;
  const { address } = args.read(REWARDED);
  const script = address === undefined ? undefined : rewardScript(network, address);
  const isMergeMined = args.read(TEMPLATE).capabilities !== undefined;
  const found = await blockTemplate(queries.node);
  const best = await queries.bestBlock();
  const block = minimalBlock(found, script);
  const minHeights = await Promise.all(
    block.parents.map(async (hash) => (await queries.vertex(hash))?.minHeight ?? 0),
  );
  const next = signalledBlock(network, found.height, block.signalBits, best.signals);
  return {
    timestamp: timestampOf(found),
    version: isMergeMined ? VertexVersion.mergeMinedBlock : VertexVersion.block,
    weight: new PyFloat(block.weight),
    signal_bits: block.signalBits,
    parents: [...block.parents],
    outputs: block.outputs.map(outputJson),
    metadata: newMetadataJson(null, {
      weight: block.weight,
      height: found.height,
      minHeight: Math.max(...minHeights),
      bitCounts: next.bitCounts,
    }),
    tokens: [],
    data: "",
    token_amount_version: 1,
  };
}

function vertexOf({ network }: NodeQueries, hex: string): Vertex {
  const bytes = hexBytes(hex);
  if (bytes === undefined) throw new BadRequest("Invalid hexadecimal data");
  const vertex = tryDecodeVertex(bytes, network.maxVertexSize);
  if (vertex === undefined) throw new BadRequest("This is not a block");
  return vertex;
}
