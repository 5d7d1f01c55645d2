import { readAmount } from "./amount.ts";
import { decodeAuxPow } from "./aux_pow.ts";
import { BLUEPRINT_FORMAT } from "./encode.ts";
import { malformed, uncaught, VertexFormatError } from "./format_error.ts";
import { isHeaderId, readHeaders } from "./headers.ts";
import { sealVertex } from "./seal.ts";
import { HASH_SIZE } from "./sizes.ts";
import { decodeTokenInfo } from "./token_info.ts";
import {
  type TxInput,
  type TxOutput,
  type Vertex,
  type VertexFields,
  VertexVersion,
} from "./vertex.ts";
import { VertexReader } from "./vertex_reader.ts";

/** The most bytes that a vertex may have in any network. */
const MAX_VERTEX_SIZE = 48_000;
const MAX_BLUEPRINT_CODE = 24_000;
const BLOCK_NONCE_SIZE = 16;

/** How a vertex is read. */
export interface DecodeOptions {
  /**
   * Whether it may have no weight yet: what wallets hand to each other to be signed has none, which
   * they write as NaN.
   */
  readonly isProposal?: boolean;
}

/**
 * Reads a vertex. Headers of every known kind are read, whether the network has them switched on or
 * not: a vertex with one that is not allowed is refused when it is verified, in plain words.
 *
 * @throws {VertexFormatError} where the node's parser refuses, or fails
 */
export function decodeVertex(
  bytes: Uint8Array,
  maxSize: number = MAX_VERTEX_SIZE,
  { isProposal = false }: DecodeOptions = {},
): Vertex {
  const version = bytes[1];
  if (version === undefined) throw uncaught("index out of range");
  const decode = DECODERS[version];
  if (decode === undefined) {
    throw malformed(
      version === VertexVersion.poaBlock
        ? `invalid vertex version: ${version}`
        : `Invalid version: ${version}`,
    );
  }
  if (bytes.length > maxSize) {
    throw uncaught(`Serialized vertex has ${bytes.length} bytes, maximum size is ${maxSize}`);
  }
  const fields = decode(new VertexReader(bytes));
  if (Number.isNaN(fields.weight) && !isProposal) throw uncaught("the weight is not a number");
  return sealVertex(fields);
}

/** Reads a vertex as {@linkcode decodeVertex} does; undefined where the bytes are none. */
export function tryDecodeVertex(
  bytes: Uint8Array,
  maxSize: number,
  options: DecodeOptions = {},
): Vertex | undefined {
  try {
    return decodeVertex(bytes, maxSize, options);
  } catch (error) {
    if (error instanceof VertexFormatError) return undefined;
    throw error;
  }
}

const DECODERS: Readonly<Record<number, (reader: VertexReader) => VertexFields>> = {
  [VertexVersion.block](reader) {
    const fields = readBlock(reader);
    const nonce = reader.bigUint(BLOCK_NONCE_SIZE);
    if (!reader.isAtEnd) {
      const isHeader = isHeaderId(reader.peek());
      throw isHeader ? uncaught("a block has no headers") : malformed("trailing data");
    }
    return { version: VertexVersion.block, ...fields, nonce };
  },
  [VertexVersion.mergeMinedBlock](reader) {
    const fields = readBlock(reader);
    const auxPow = decodeAuxPow(reader.rest());
    return { version: VertexVersion.mergeMinedBlock, ...fields, auxPow };
  },
  [VertexVersion.transaction](reader) {
    const spending = readSpending(reader, { hasTokens: true });
    return { version: VertexVersion.transaction, ...spending, ...readTransactionEnd(reader) };
  },
  [VertexVersion.tokenCreation](reader) {
    const { tokens: _none, ...spending } = readSpending(reader, { hasTokens: false });
    const token = decodeTokenInfo(reader);
    const end = readTransactionEnd(reader);
    return { version: VertexVersion.tokenCreation, ...spending, ...token, ...end };
  },
  [VertexVersion.onChainBlueprint](reader) {
    const spending = readSpending(reader, { hasTokens: true });
    const blueprint = readBlueprint(reader);
    const end = readTransactionEnd(reader);
    return { version: VertexVersion.onChainBlueprint, ...spending, ...blueprint, ...end };
  },
};

function readBlock(reader: VertexReader) {
  const signalBits = reader.u8();
  reader.u8();
  const outputs = readEach(reader, reader.u8(), readOutput);
  return { signalBits, outputs, ...readGraph(reader), data: reader.bytes(reader.u8()) };
}

function readSpending(reader: VertexReader, { hasTokens }: { readonly hasTokens: boolean }) {
  const signalBits = reader.u8();
  reader.u8();
  const tokenCount = hasTokens ? reader.u8() : 0;
  const inputCount = reader.u8();
  const outputCount = reader.u8();
  const tokens = readEach(reader, tokenCount, readHash);
  const inputs = readEach(reader, inputCount, readInput);
  const outputs = readEach(reader, outputCount, readOutput);
  return { signalBits, tokens, inputs, outputs };
}

function readGraph(reader: VertexReader) {
  const weight = reader.f64();
  const timestamp = reader.u32();
  return { weight, timestamp, parents: readEach(reader, reader.u8(), readHash) };
}

function readTransactionEnd(reader: VertexReader) {
  const graph = readGraph(reader);
  const nonce = reader.u32();
  return { ...graph, nonce, headers: readHeaders(reader) };
}

function readBlueprint(reader: VertexReader) {
  const format = reader.u8();
  if (format !== BLUEPRINT_FORMAT) {
    throw malformed(`unknown on-chain blueprint version: ${format}`);
  }
  const size = reader.u32();
  if (size > MAX_BLUEPRINT_CODE) {
    throw malformed(`compressed code data is too large: ${size} > ${MAX_BLUEPRINT_CODE}`);
  }
  const code = reader.bytes(size);
  const publicKey = reader.bytes(reader.u8());
  return { code, publicKey, signature: reader.bytes(reader.u8()) };
}

function readHash(reader: VertexReader): string {
  return reader.hex(HASH_SIZE);
}

function readInput(reader: VertexReader): TxInput {
  const txId = readHash(reader);
  const index = reader.u8();
  return { txId, index, data: reader.bytes(reader.u16()) };
}

function readOutput(reader: VertexReader): TxOutput {
  const value = readAmount(reader, "uncaught");
  const tokenData = reader.u8();
  return { value, tokenData, script: reader.bytes(reader.u16()) };
}

function readEach<T>(reader: VertexReader, count: number, read: (reader: VertexReader) => T): T[] {
  const items: T[] = [];
  for (let item = 0; item < count; item++) items.push(read(reader));
  return items;
}
