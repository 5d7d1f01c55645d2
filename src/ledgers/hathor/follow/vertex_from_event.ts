import { decodeAuxPow } from "../vertex/aux_pow.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import { sealVertex } from "../vertex/seal.ts";
import { TokenVersion, type Vertex, type VertexFields, VertexVersion } from "../vertex/vertex.ts";
import { readToldVertex, type ToldVertex, toldWrong } from "./told_vertex.ts";

/**
 * What of a vertex its event does not tell:
 *
 * - `input_data`: signatures, of whatever spends something; and with them which of its tokens are its
 *   own, and of which version one is that it creates;
 * - `block_data`: what a miner has written into a block, where that is anything;
 * - `headers`: fees, what is shielded, and of a call of a contract all but its name;
 * - `blueprint`: the code of one that is on the chain.
 */
export type Lacking = "input_data" | "block_data" | "headers" | "blueprint";

/** A vertex as an event tells it. */
export interface EventVertex {
  /** As the event says it. */
  readonly hash: string;
  /** The vertex as far as the event tells it: what it lacks is empty, or left out. */
  readonly bytes: Uint8Array;
  /** Whether the bytes are the vertex's own: their hash is `hash`. */
  readonly isWhole: boolean;
  /** Why they are not; undefined where they are. */
  readonly lacks: Lacking | undefined;
}

/**
 * Puts the bytes of a vertex together from what an event tells of it, and holds them to its hash. All
 * is told of a block without data, merge-mined or not, and of a transaction that spends nothing and
 * has no headers, such as those of the genesis; whatever else there is has to be asked for.
 *
 * @param data of the event, in JSON
 * @throws a LedgerError `remote_invalid` for what tells of no vertex
 */
export function vertexFromEvent(data: string): EventVertex {
  const told = readToldVertex(data);
  const { hash } = told;
  let first: Vertex | undefined;
  for (const fields of candidates(told)) {
    const vertex: Vertex = sealVertex(fields);
    first ??= vertex;
    if (vertex.hash === hash) return { hash, bytes: vertex.bytes, isWhole: true, lacks: undefined };
  }
  if (first === undefined) throw toldWrong(`its version is ${told.version}`);
  return { hash, bytes: first.bytes, isWhole: false, lacks: lackingOf(told) };
}

/** What is not told of a vertex whose bytes are not its own. */
function lackingOf({ version, inputs }: ToldVertex): Lacking {
  switch (version) {
    case VertexVersion.block:
    case VertexVersion.mergeMinedBlock:
      return "block_data";
    case VertexVersion.onChainBlueprint:
      return "blueprint";
    default:
      return inputs.length > 0 ? "input_data" : "headers";
  }
}

/** What the vertex may be, the likeliest first; nothing for a version that is not known. */
function candidates(told: ToldVertex): VertexFields[] {
  const { version } = told;
  switch (version) {
    case VertexVersion.block:
      return [{ version, ...blockFields(told), nonce: told.nonce ?? 0n }];
    case VertexVersion.mergeMinedBlock:
      return [{ version, ...blockFields(told), auxPow: auxPowOf(told) }];
    case VertexVersion.transaction:
      return [{ version, ...spendingFields(told), tokens: told.tokens }];
    case VertexVersion.tokenCreation:
      return [TokenVersion.deposit, TokenVersion.fee].map((tokenVersion) => ({
        version,
        ...spendingFields(told),
        tokenVersion,
        tokenName: told.token_name ?? "",
        tokenSymbol: told.token_symbol ?? "",
      }));
    case VertexVersion.onChainBlueprint:
      return [{
        version,
        ...spendingFields(told),
        tokens: told.tokens,
        code: NOTHING,
        publicKey: NOTHING,
        signature: NOTHING,
      }];
    default:
      return [];
  }
}

const NOTHING = new Uint8Array();

/** What all versions have. */
function commonFields({ weight, timestamp, signal_bits, outputs, parents }: ToldVertex) {
  return {
    signalBits: signal_bits ?? 0,
    outputs: outputs.map(({ value, token_data, script }) => (
      { value, tokenData: token_data, script }
    )),
    weight,
    timestamp,
    parents,
  };
}

function blockFields(told: ToldVertex) {
  return { ...commonFields(told), data: NOTHING };
}

function spendingFields(told: ToldVertex) {
  return {
    ...commonFields(told),
    inputs: told.inputs.map(({ tx_id, index }) => ({ txId: tx_id, index, data: NOTHING })),
    nonce: Number((told.nonce ?? 0n) & 0xffff_ffffn),
    headers: [],
  };
}

function auxPowOf({ aux_pow }: ToldVertex) {
  try {
    return decodeAuxPow(aux_pow ?? NOTHING);
  } catch (error) {
    if (!(error instanceof VertexFormatError)) throw error;
    throw toldWrong(`aux_pow: ${error.message}`, error);
  }
}
