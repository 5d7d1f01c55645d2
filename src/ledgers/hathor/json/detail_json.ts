import type { Network } from "../networks/network.ts";
import { AUTHORITY_MASK, isAuthority, tokenIndexOf } from "../vertex/output.ts";
import {
  HTR_UID,
  inputsOf,
  isBlock,
  tokensOf,
  tokenUidAt,
  type TxInput,
  type TxOutput,
  type Vertex,
  VertexVersion,
} from "../vertex/vertex.ts";
import type { CallFacts } from "./nano_json.ts";
import { decodedOutput, type JsonObject, outputJson } from "./output_json.ts";
import { vertexJson } from "./vertex_json.ts";

/** What stands beside a vertex's own bytes in its details. */
export interface DetailFacts {
  /** Of a block. */
  readonly height: number | undefined;
  /** A vertex that it spends from. */
  vertex(hash: string): Vertex | undefined;
  /** Whether what it spends from may be missing, as with one that is looked at before it is sent. */
  readonly isPartial?: boolean;
  /** Of a call. */
  readonly call?: CallFacts | undefined;
}

/** A vertex in detail, and the uids of its tokens as its outputs and inputs count them. */
export interface VertexDetail {
  /** `tokens` holds the uids; `GET transaction` puts `{uid, name, symbol}` in their place. */
  readonly json: JsonObject;
  readonly tokens: readonly string[];
}

/**
 * The `tx` of `GET transaction`: inputs are shown as the outputs they spend, with token indexes of
 * this vertex, or by their places alone where those are not known. Tokens that are only spent come
 * after its own.
 */
export function detailJson(network: Network, vertex: Vertex, facts: DetailFacts): VertexDetail {
  const tokens = [...tokensOf(vertex)];
  const inputs = inputsOf(vertex).map((input) => ({
    input,
    output: spentOutput(facts, input, tokens),
  }));
  const nonce = vertex.version === VertexVersion.mergeMinedBlock ? 0 : vertex.nonce;
  const json: JsonObject = {
    ...vertexJson(network, vertex, { decode: true, call: facts.call }),
    inputs: inputs.map(({ input: { txId, index }, output }) => ({
      ...output && {
        ...outputJson(output),
        decoded: { ...decodedOutput(network, output), token_data: output.tokenData },
      },
      tx_id: txId,
      index,
    })),
    tokens: [...tokens],
    raw: vertex.bytes.toHex(),
    nonce: `${nonce}`,
  };
  if (isBlock(vertex)) json.height = facts.height ?? null;
  return { json, tokens };
}

/** What a vertex spends, each output with the token index that the spending vertex has for it. */
export interface SpentOutputs {
  readonly inputs: readonly { readonly input: TxInput; readonly output: TxOutput }[];
  /** Uids that the indexes stand for: the vertex's own tokens, then those that are only spent. */
  readonly tokens: readonly string[];
}

export function spentOutputs(vertex: Vertex, facts: Pick<DetailFacts, "vertex">): SpentOutputs {
  const tokens = [...tokensOf(vertex)];
  const inputs = inputsOf(vertex).flatMap((input) => {
    const output = spentOutput(facts, input, tokens);
    return output === undefined ? [] : [{ input, output }];
  });
  return { inputs, tokens };
}

/** The output that an input spends, with the index among `tokens` of its token. */
function spentOutput(
  facts: Pick<DetailFacts, "vertex" | "isPartial">,
  input: TxInput,
  tokens: string[],
): TxOutput | undefined {
  const spent = facts.vertex(input.txId);
  const output = spent?.outputs[input.index];
  if (spent === undefined || output === undefined) {
    if (facts.isPartial === true) return undefined;
    throw new RangeError(`output ${input.index} of ${input.txId} was not handed in`);
  }
  const index = indexOf(tokenUidAt(spent, tokenIndexOf(output)) ?? HTR_UID, tokens);
  const tokenData = isAuthority(output) ? index | AUTHORITY_MASK : index;
  return { ...output, tokenData };
}

/** The index of a token among `tokens`, to which it is added if it is not there. */
function indexOf(uid: string, tokens: string[]): number {
  if (uid === HTR_UID) return 0;
  const at = tokens.indexOf(uid);
  return at >= 0 ? at + 1 : tokens.push(uid);
}
