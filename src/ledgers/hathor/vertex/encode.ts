import { writeAmount } from "./amount.ts";
import { encodeAuxPow } from "./aux_pow.ts";
import { encodeHeaders } from "./headers.ts";
import {
  type OnChainBlueprintFields,
  type TokenCreationFields,
  type TxInput,
  type TxOutput,
  type VertexFields,
  VertexVersion,
} from "./vertex.ts";
import { VertexWriter } from "./vertex_writer.ts";

/** The version byte that begins an on-chain blueprint's own part. */
export const BLUEPRINT_FORMAT = 1;

const BLOCK_NONCE_SIZE = 16;

/** The bytes of a vertex, and where the parts end that its hash is made of. */
export interface EncodedVertex {
  readonly bytes: Uint8Array;
  readonly fundsEnd: number;
  /** What follows is the proof of work, and a transaction's headers. */
  readonly graphEnd: number;
}

export function encodeParts(vertex: VertexFields): EncodedVertex {
  const writer = new VertexWriter();
  writeFunds(writer, vertex);
  const fundsEnd = writer.length;
  writeGraph(writer, vertex);
  const graphEnd = writer.length;
  switch (vertex.version) {
    case VertexVersion.block:
      writer.bigUint(vertex.nonce, BLOCK_NONCE_SIZE);
      break;
    case VertexVersion.mergeMinedBlock:
      writer.bytes(encodeAuxPow(vertex.auxPow));
      break;
    default:
      writer.u32(vertex.nonce).bytes(encodeHeaders(vertex.headers));
  }
  return { bytes: writer.finish(), fundsEnd, graphEnd };
}

/** The bytes of a vertex, whole. */
export function encodeVertex(vertex: VertexFields): Uint8Array {
  return encodeParts(vertex).bytes;
}

/** The part of a vertex that says what is paid. */
export function encodeFunds(vertex: VertexFields): Uint8Array {
  const writer = new VertexWriter();
  writeFunds(writer, vertex);
  return writer.finish();
}

/** The part of a vertex that says where it stands: weight, timestamp, parents, a block's data. */
export function encodeGraph(vertex: VertexFields): Uint8Array {
  const writer = new VertexWriter();
  writeGraph(writer, vertex);
  return writer.finish();
}

function writeFunds(writer: VertexWriter, vertex: VertexFields): void {
  switch (vertex.version) {
    case VertexVersion.block:
    case VertexVersion.mergeMinedBlock:
      writer.u8(vertex.signalBits).u8(vertex.version).u8(vertex.outputs.length);
      for (const output of vertex.outputs) writeOutput(writer, output);
      return;
    default:
      writeSpending(writer, vertex, writeInput);
      if (vertex.version === VertexVersion.onChainBlueprint) {
        writeBlueprint(writer, vertex, { withSignature: true });
      }
  }
}

/**
 * Writes what a transaction says of funds but for a blueprint's own part, each input as
 * `writeOne` does.
 */
export function writeSpending(
  writer: VertexWriter,
  tx: Extract<VertexFields, { inputs: unknown }>,
  writeOne: (writer: VertexWriter, input: TxInput) => void,
): void {
  writer.u8(tx.signalBits).u8(tx.version);
  const tokens = tx.version === VertexVersion.tokenCreation ? undefined : tx.tokens;
  if (tokens !== undefined) writer.u8(tokens.length);
  writer.u8(tx.inputs.length).u8(tx.outputs.length);
  for (const uid of tokens ?? []) writer.hex(uid);
  for (const input of tx.inputs) writeOne(writer, input);
  for (const output of tx.outputs) writeOutput(writer, output);
  if (tx.version === VertexVersion.tokenCreation) writeTokenInfo(writer, tx);
}

function writeInput(writer: VertexWriter, input: TxInput): void {
  writer.hex(input.txId).u8(input.index).u16(input.data.length).bytes(input.data);
}

function writeOutput(writer: VertexWriter, output: TxOutput): void {
  writeAmount(writer, output.value);
  writer.u8(output.tokenData).u16(output.script.length).bytes(output.script);
}

function writeTokenInfo(writer: VertexWriter, tx: TokenCreationFields): void {
  const name = new TextEncoder().encode(tx.tokenName);
  const symbol = new TextEncoder().encode(tx.tokenSymbol);
  writer.u8(tx.tokenVersion).u8(name.length).bytes(name).u8(symbol.length).bytes(symbol);
}

/** Writes a blueprint's own part, whole or as its own signature covers it. */
export function writeBlueprint(
  writer: VertexWriter,
  tx: OnChainBlueprintFields,
  { withSignature }: { readonly withSignature: boolean },
): void {
  writer.u8(BLUEPRINT_FORMAT).u32(tx.code.length).bytes(tx.code);
  writer.u8(tx.publicKey.length).bytes(tx.publicKey);
  const signature = withSignature ? tx.signature : new Uint8Array();
  writer.u8(signature.length).bytes(signature);
}

function writeGraph(writer: VertexWriter, vertex: VertexFields): void {
  writer.f64(vertex.weight).u32(vertex.timestamp).u8(vertex.parents.length);
  for (const parent of vertex.parents) writer.hex(parent);
  if ("data" in vertex) writer.u8(vertex.data.length).bytes(vertex.data);
}
