import type { PyJson } from "../../../python/json.ts";
import { isGenesis, type Network } from "../networks/network.ts";
import { encodeAuxPow } from "../vertex/aux_pow.ts";
import { HeaderId } from "../vertex/headers.ts";
import {
  inputsOf,
  isBlock,
  isTokenCreation,
  tokenUidAt,
  type Transaction,
  type Vertex,
  VertexVersion,
} from "../vertex/vertex.ts";
import { floatWeight, integerWeight, weightJson } from "../vertex/weight.ts";
import { blueprintJson, type CallFacts, nanoJson } from "./nano_json.ts";
import { decodedOutput, type JsonObject, outputJson } from "./output_json.ts";

/** All amounts are of the first version of token amounts: two decimal places. */
const TOKEN_AMOUNT_VERSION = 1;

/**
 * A vertex as `push_tx` answers it, and with `decode` as block templates and other answers do:
 * keys in the reference node's order, weights as floats (a genesis' as an integer).
 */
export function vertexJson(
  network: Network,
  vertex: Vertex,
  { decode = false, call }: {
    readonly decode?: boolean;
    readonly call?: CallFacts | undefined;
  } = {},
): JsonObject {
  const nonce: JsonObject = vertex.version === VertexVersion.mergeMinedBlock
    ? {}
    : { nonce: vertex.nonce };
  return {
    hash: vertex.hash,
    ...nonce,
    timestamp: vertex.timestamp,
    version: vertex.version,
    weight: vertexWeightJson(network, vertex),
    signal_bits: vertex.signalBits,
    parents: [...vertex.parents],
    inputs: inputsOf(vertex).map(({ txId, index, data }) => (
      { tx_id: txId, index, data: data.toBase64() }
    )),
    outputs: vertex.outputs.map((output) =>
      decode
        ? { ...outputJson(output), decoded: decodedOutput(network, output) }
        : outputJson(output)
    ),
    ...ownFields(vertex, call),
  };
}

/** The weight as JSON shows it: the genesis has an integer from the settings. */
export function vertexWeightJson(network: Network, vertex: Vertex): PyJson {
  const { hash, weight } = vertex;
  return weightJson(isGenesis(network, hash) ? integerWeight(weight) : floatWeight(weight));
}

function ownFields(vertex: Vertex, call: CallFacts | undefined): JsonObject {
  const version = { token_amount_version: TOKEN_AMOUNT_VERSION };
  if (isBlock(vertex)) {
    const fields = { tokens: [], data: vertex.data.toBase64(), ...version };
    if (vertex.version === VertexVersion.block) return fields;
    return { ...fields, aux_pow: encodeAuxPow(vertex.auxPow).toHex() };
  }
  // Its token is its own hash, which the reference node leaves out here.
  const tokens = isTokenCreation(vertex) ? [] : [...vertex.tokens];
  const fields = { tokens, ...version, ...nanoJson(vertex, call), ...feesJson(vertex) };
  if (!isTokenCreation(vertex)) return { ...fields, ...blueprintJson(vertex) };
  return { ...fields, token_name: vertex.tokenName, token_symbol: vertex.tokenSymbol };
}

function feesJson(tx: Transaction): JsonObject {
  const header = tx.headers.find(({ id }) => id === HeaderId.fee);
  if (header?.id !== HeaderId.fee) return {};
  return {
    fees: header.fees.map(({ tokenIndex, amount }) => (
      { token_uid: tokenUidAt(tx, tokenIndex) ?? null, amount }
    )),
  };
}
