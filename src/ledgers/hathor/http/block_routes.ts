import { z } from "zod";
import { PyFloat, type PyJson } from "../../../python/json.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { pythonRepr } from "../../../python/str.ts";
import { minimalBlock, timestampOf } from "../mining/template_block.ts";
import { signalledBlock } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";
import { outputJson } from "../json/output_json.ts";
import type { HathorService } from "../service.ts";
import { NoTemplateError } from "../state/templates.ts";
import type { VertexView } from "../state/views.ts";
import { AddressError, decodeAddress } from "../address.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { Pace } from "../../../kernel/turn.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import { inputsOf, isBlock, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { type Arguments, BadRequest, bytesOf } from "./arguments.ts";
import { newMetadataJson } from "./details.ts";
import { miningInfo } from "./mining_info.ts";
import { integer, literal, type Model, optional, readModel } from "./pydantic.ts";
import { json, jsonStream } from "./responses.ts";

/** What a miner of several chains says of itself. */
const MERGED_MINING = "mergedmining";

const BLOCK_AT_HEIGHT: Model<
  { height: number; include_transactions: "txid" | "full" | undefined }
> = {
  name: "BlockAtHeightParams",
  status: 400,
  fields: { height: integer(), include_transactions: optional(literal("txid", "full")) },
};

const blockSchema = z.object({ hexdata: z.string() });

/** What tells of blocks, what miners ask for, and what takes blocks in. */
export function blockRoutes(service: HathorService): Route[] {
  return [
    { path: "/block_at_height", GET: ({ args }) => blockAtHeight(service, args) },
    { path: "/get_block_template", GET: ({ args }) => answered(() => template(service, args)) },
    {
      path: "/submit_block",
      async POST({ body }) {
        const request = blockSchema.safeParse(await body());
        if (!request.success) throw new BadRequest("Missing hexadecimal data");
        const vertex = vertexOf(service, request.data.hexdata);
        if (!isBlock(vertex)) return refusal("Not a block");
        return { result: (await service.submitBlock(vertex)).isAccepted };
      },
    },
    { path: "/getmininginfo", GET: () => miningInfo(service) },
  ];
}

async function blockAtHeight(
  service: HathorService,
  args: Arguments,
): Promise<PyJson | Response> {
  const { height, include_transactions: wanted } = readModel(BLOCK_AT_HEIGHT, args);
  const view = await service.blockAt(height);
  if (view === undefined) throw new BadRequest(`No block with height ${height}.`);
  const hashes = wanted === undefined ? [] : await confirmedBy(service, view);
  const block = await service.history(view);
  if (wanted === "full") return jsonStream(wholeBlock(service, block, hashes));
  return { success: true, block, tx_ids: wanted === "txid" ? hashes : null, transactions: null };
}

/** The answer with all transactions of a block: there may be many, and each may be large. */
async function* wholeBlock(
  service: HathorService,
  block: PyJson,
  hashes: readonly string[],
): AsyncGenerator<string, void, void> {
  yield `{"success":true,"block":${writeRestJson(block)},"tx_ids":null,"transactions":[`;
  let separator = "";
  for (const hash of hashes) {
    const view = await service.vertex(hash);
    // It was removed meanwhile.
    if (view === undefined) continue;
    yield separator + writeRestJson(await service.history(view));
    separator = ",";
  }
  yield "]}";
}

/** Transactions that a block confirms first, those that it reaches in the fewest steps first. */
async function confirmedBy(service: HathorService, { vertex }: VertexView): Promise<string[]> {
  const confirmed: string[] = [];
  const reached = new Set(vertex.parents);
  const turns = Pace.ofSteps();
  // What is added meanwhile is met as well, in its turn.
  for (const hash of reached) {
    if (turns.isDue) await turns.give();
    const view = await service.vertex(hash);
    if (view === undefined || view.metadata.firstBlock !== vertex.hash) continue;
    confirmed.push(hash);
    for (const parent of view.vertex.parents) reached.add(parent);
    for (const { txId } of inputsOf(view.vertex)) reached.add(txId);
  }
  return confirmed;
}

/** A request that the routes of miners refuse; its answer is `{"error":…}`. */
class MiningRefusal extends Error {
  override readonly name = "MiningRefusal";
}

function refusal(error: string, status = 400): Response {
  return json({ error }, status);
}

async function answered(answer: () => Promise<PyJson>): Promise<PyJson | Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof MiningRefusal) return refusal(error.message);
    if (error instanceof NoTemplateError) return refusal(error.message, 503);
    throw error;
  }
}

function rewardScript(network: Network, address: string): Uint8Array {
  try {
    const script = scriptOfAddress(network, decodeAddress(address));
    if (script !== undefined) return script;
  } catch (error) {
    if (error instanceof AddressError) throw new MiningRefusal(error.message);
    throw error;
  }
  throw new MiningRefusal("The address is not valid");
}

async function template(service: HathorService, args: Arguments): Promise<PyJson> {
  const { network } = service;
  const address = args.find("address");
  const script = address === undefined ? undefined : rewardScript(network, address);
  const capabilities = args.all("capabilities");
  const unknown = capabilities.find((each) => each !== MERGED_MINING);
  if (unknown !== undefined) {
    throw new MiningRefusal(`${pythonRepr(unknown)} is not a valid Capabilities`);
  }
  const isMergeMined = capabilities.length > 0;
  const found = await service.blockTemplate();
  const best = await service.bestBlock();
  const block = minimalBlock(found, script);
  const minHeights = await Promise.all(
    block.parents.map(async (hash) => (await service.vertex(hash))?.minHeight ?? 0),
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

function vertexOf({ network }: HathorService, hex: string): Vertex {
  const bytes = bytesOf(hex);
  if (bytes === undefined) throw new BadRequest("Invalid hexadecimal data");
  try {
    return decodeVertex(bytes, network.maxVertexSize);
  } catch (error) {
    if (error instanceof VertexFormatError) throw new BadRequest("This is not a block");
    throw error;
  }
}
