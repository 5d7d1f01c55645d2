import { PyFloat } from "../../../python/json.ts";
import type { Network } from "../networks/network.ts";
import { encodeAuxPow } from "../vertex/aux_pow.ts";
import { isBlock, isTokenCreation, type Vertex, VertexVersion } from "../vertex/vertex.ts";
import { type DetailFacts, spentOutputs } from "./detail_json.ts";
import { nanoHeadersJson } from "./nano_json.ts";
import { decodedScript, type JsonObject, outputJson } from "./output_json.ts";

/**
 * The data of an event about a vertex, but for its `metadata`, which comes last where there is any.
 * Weights are floats, of a genesis too.
 */
export function eventJson(
  network: Network,
  vertex: Vertex,
  facts: Pick<DetailFacts, "vertex">,
): JsonObject {
  const { inputs, tokens } = spentOutputs(vertex, facts);
  const creation = isTokenCreation(vertex) ? vertex : undefined;
  const isMergeMined = vertex.version === VertexVersion.mergeMinedBlock;
  return {
    hash: vertex.hash,
    nonce: isMergeMined ? 0 : vertex.nonce,
    timestamp: vertex.timestamp,
    signal_bits: vertex.signalBits,
    version: vertex.version,
    weight: new PyFloat(vertex.weight),
    inputs: inputs.map(({ input: { txId, index }, output }) => ({
      tx_id: txId,
      index,
      spent_output: { ...outputJson(output), decoded: decodedSpent(network, output) },
    })),
    outputs: vertex.outputs.map((output) => ({
      ...outputJson(output),
      decoded: decodedScript(network, output.script),
    })),
    parents: [...vertex.parents],
    tokens,
    token_name: creation?.tokenName ?? null,
    token_symbol: creation?.tokenSymbol ?? null,
    aux_pow: isMergeMined ? encodeAuxPow(vertex.auxPow).toHex() : null,
    headers: isBlock(vertex) ? [] : nanoHeadersJson(vertex),
    name: null,
  };
}

/** An unknown script that was spent is told with its token alone: an oddity of the original. */
function decodedSpent(
  network: Network,
  { script, tokenData }: { readonly script: Uint8Array; readonly tokenData: number },
): JsonObject {
  const decoded = decodedScript(network, script);
  return decoded.type === undefined ? { token_data: tokenData } : decoded;
}
