import type { Network } from "../networks/network.ts";
import { callOf, inputsOf, isBlock, isTokenCreation, type Vertex } from "../vertex/vertex.ts";
import { historyOutputJson, type JsonObject } from "./output_json.ts";
import { blueprintHistoryJson, type CallFacts } from "./nano_json.ts";
import { vertexJson, vertexWeightJson } from "./vertex_json.ts";

/** What the graph knows of a vertex that its bytes do not say. */
export interface HistoryFacts {
  readonly isVoided: boolean;
  /** Hash of the block that confirms it first. */
  readonly firstBlock: string | undefined;
  /** Of a block. */
  readonly height: number | undefined;
  /** Hash of the transaction that spends an output. */
  spentBy(index: number): string | undefined;
  /** A vertex that it spends from; all of them must be there. */
  vertex(hash: string): Vertex | undefined;
  /** Of a call. */
  readonly call?: CallFacts | undefined;
}

/**
 * A vertex as wallets see it: in histories, in the messages of `/ws`, in lists of transactions. Of a
 * call it is all that there is to tell.
 */
export function historyJson(network: Network, vertex: Vertex, facts: HistoryFacts): JsonObject {
  return {
    ...callOf(vertex) && vertexJson(network, vertex, { call: facts.call }),
    tx_id: vertex.hash,
    version: vertex.version,
    weight: vertexWeightJson(network, vertex),
    timestamp: vertex.timestamp,
    is_voided: facts.isVoided,
    inputs: inputsOf(vertex).map(({ txId, index }) => inputJson(network, facts, txId, index)),
    outputs: vertex.outputs.map((output, index) => ({
      ...historyOutputJson(network, vertex, output),
      spent_by: facts.spentBy(index) ?? null,
    })),
    parents: [...vertex.parents],
    first_block: facts.firstBlock ?? null,
    ...ownFields(vertex, facts),
  };
}

function inputJson(network: Network, facts: HistoryFacts, txId: string, index: number): JsonObject {
  const spent = facts.vertex(txId);
  const output = spent?.outputs[index];
  if (spent === undefined || output === undefined) {
    throw new RangeError(`output ${index} of ${txId} was not handed in`);
  }
  return {
    ...historyOutputJson(network, spent, output),
    type: "transparent",
    tx_id: txId,
    index,
  };
}

function ownFields(vertex: Vertex, facts: HistoryFacts): JsonObject {
  if (isBlock(vertex)) return { height: facts.height ?? null };
  if (!isTokenCreation(vertex)) return blueprintHistoryJson(vertex);
  return { token_name: vertex.tokenName, token_symbol: vertex.tokenSymbol, tokens: [] };
}
