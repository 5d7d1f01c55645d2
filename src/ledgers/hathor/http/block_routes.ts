import { z } from "zod";
import { PyFloat, type PyJson } from "../../../crypto/python_json.ts";
import { minimalBlock } from "../mining/template_block.ts";
import { signalledBlock } from "../networks/feature_states.ts";
import { outputJson } from "../json/output_json.ts";
import { minedTokens } from "../rules/reward.ts";
import type { HathorService } from "../service.ts";
import type { VertexView } from "../state/views.ts";
import { decodeAddress } from "../address.ts";
import { scriptOfAddress } from "../script/patterns.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { encodeVertex } from "../vertex/encode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import { inputsOf, isBlock, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import { assertAddress } from "./address_history.ts";
import type { Route } from "./app.ts";
import { type Arguments, BadRequest, bytesOf } from "./arguments.ts";
import { histories, newMetadataJson } from "./details.ts";
import { ModelError, readIntegers } from "./pydantic.ts";
import { json } from "./responses.ts";

/** A share of difficulty 1 has this weight. */
const SHARE_WEIGHT = 32;

const blockSchema = z.object({ hexdata: z.string() });

/** What tells of blocks, what miners ask for, and what takes blocks in. */
export function blockRoutes(service: HathorService): Route[] {
  return [
    { path: "/block_at_height", GET: ({ args }) => blockAtHeight(service, args) },
    { path: "/get_block_template", GET: ({ args }) => template(service, args) },
    {
      path: "/submit_block",
      async POST({ body }) {
        const request = blockSchema.safeParse(await body());
        if (!request.success) throw new BadRequest("Missing hexadecimal data");
        const block = blockOf(service, request.data.hexdata);
        return { result: (await service.submitBlock(block)).isAccepted };
      },
    },
    { path: "/getmininginfo", GET: () => miningInfo(service) },
  ];
}

/** A block to be filled in, as the node's first miners asked for it. */
export async function plainTemplate(service: HathorService): Promise<PyJson> {
  const block = minimalBlock(await service.blockTemplate());
  return { parents: [...block.parents], block_bytes: encodeVertex(block).toBase64() };
}

async function blockAtHeight(service: HathorService, args: Arguments): Promise<PyJson | Response> {
  let height: number;
  try {
    const find = (name: string) => args.find(name);
    ({ height } = readIntegers("BlockAtHeightParams", find, { height: { least: 0 } }));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return json({ success: false, error: error.message });
  }
  const view = await service.blockAt(height);
  if (view === undefined) throw new BadRequest(`No block with height ${height}.`);
  const wanted = args.find("include_transactions");
  if (wanted !== undefined && wanted !== "txid" && wanted !== "full") {
    throw new BadRequest("Invalid include_transactions. Choices are: txid or full.");
  }
  const hashes = wanted === undefined ? [] : await confirmedBy(service, view);
  return {
    success: true,
    block: await service.history(view),
    tx_ids: wanted === "txid" ? hashes : null,
    transactions: wanted === "full" ? await histories(service, hashes) : null,
  };
}

/** Transactions that a block confirms first, the newest first. */
async function confirmedBy(service: HathorService, { vertex }: VertexView): Promise<string[]> {
  const confirmed = new Map<string, number>();
  const waiting = [...vertex.parents];
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    if (confirmed.has(hash)) continue;
    const view = await service.vertex(hash);
    if (view === undefined || view.metadata.firstBlock !== vertex.hash) continue;
    confirmed.set(hash, view.vertex.timestamp);
    waiting.push(...view.vertex.parents, ...inputsOf(view.vertex).map(({ txId }) => txId));
  }
  return [...confirmed].sort(([a, atA], [b, atB]) => atB - atA || (a < b ? -1 : 1))
    .map(([hash]) => hash);
}

async function template(service: HathorService, args: Arguments): Promise<PyJson> {
  const { network } = service;
  const address = args.find("address");
  if (address !== undefined) assertAddress(service, address, "Invalid 'address' parameter");
  const script = address === undefined
    ? undefined
    : scriptOfAddress(network, decodeAddress(address));
  const isMergeMined = args.find("capabilities")?.split(",").includes("mergedmining") === true;
  const found = await service.blockTemplate();
  const best = await service.bestBlock();
  const block = minimalBlock(found, script);
  const { timestampNow, timestampMin, timestampMax } = found;
  const minHeights = await Promise.all(
    block.parents.map(async (hash) => (await service.vertex(hash))?.minHeight ?? 0),
  );
  const next = signalledBlock(network, found.height, block.signalBits, best.signals);
  return {
    timestamp: Math.min(Math.max(timestampNow, timestampMin), timestampMax),
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

function blockOf({ network }: HathorService, hex: string): Vertex {
  const bytes = bytesOf(hex);
  if (bytes === undefined) throw new BadRequest("Invalid hexadecimal data");
  try {
    const vertex = decodeVertex(bytes, network.maxVertexSize);
    if (isBlock(vertex)) return vertex;
  } catch (error) {
    if (!(error instanceof VertexFormatError)) throw error;
  }
  throw new BadRequest("This is not a block");
}

async function miningInfo(service: HathorService): Promise<PyJson> {
  const { network } = service;
  const best = await service.bestBlock();
  const { weight } = await service.blockTemplate();
  return {
    hashrate: new PyFloat(2 ** (best.vertex.weight - Math.log2(network.averageBlockTime))),
    difficulty: BigInt(Math.max(1, Math.floor(2 ** (weight - SHARE_WEIGHT)))),
    blocks: best.height,
    mined_tokens: minedTokens(network, best.height),
    success: true,
  };
}
