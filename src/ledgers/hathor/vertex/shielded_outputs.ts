import { malformed } from "./format_error.ts";
import type { VertexReader } from "./vertex_reader.ts";
import type { VertexWriter } from "./vertex_writer.ts";

/** An output whose amount, and maybe token, is hidden: read, kept and hashed, never verified. */
export type ShieldedOutput =
  & {
    readonly commitment: Uint8Array;
    readonly rangeProof: Uint8Array;
    readonly script: Uint8Array;
    /** All zero where the output has none. */
    readonly ephemeralKey: Uint8Array;
  }
  & (
    | { readonly mode: typeof AMOUNT_ONLY; readonly tokenData: number }
    | {
      readonly mode: typeof FULLY_SHIELDED;
      readonly assetCommitment: Uint8Array;
      readonly surjectionProof: Uint8Array;
    }
  );

const AMOUNT_ONLY = 1;
const FULLY_SHIELDED = 2;

const POINT_SIZE = 33;
const MAX_OUTPUTS = 32;
const MAX_RANGE_PROOF = 3328;
const MAX_SURJECTION_PROOF = 4096;
const MAX_SCRIPT = 1024;

/** Reads what follows the header's id. */
export function readShieldedOutputs(reader: VertexReader): ShieldedOutput[] {
  const count = reader.u8();
  if (count < 1) throw malformed("shielded outputs header must contain at least 1 output");
  if (count > MAX_OUTPUTS) {
    throw malformed(`too many shielded outputs: ${count} exceeds maximum ${MAX_OUTPUTS}`);
  }
  return Array.from({ length: count }, () => readShieldedOutput(reader));
}

function readShieldedOutput(reader: VertexReader): ShieldedOutput {
  const mode = reader.u8();
  if (mode !== AMOUNT_ONLY && mode !== FULLY_SHIELDED) {
    throw malformed(`Unknown shielded output mode: ${mode}`);
  }
  const commitment = reader.bytes(POINT_SIZE);
  const rangeProof = readPart(reader, "range proof", MAX_RANGE_PROOF);
  const script = readPart(reader, "script", MAX_SCRIPT);
  const common = { commitment, rangeProof, script };
  if (mode === AMOUNT_ONLY) {
    const tokenData = reader.u8();
    return { ...common, mode, tokenData, ephemeralKey: reader.bytes(POINT_SIZE) };
  }
  const assetCommitment = reader.bytes(POINT_SIZE);
  const surjectionProof = readPart(reader, "surjection proof", MAX_SURJECTION_PROOF);
  const ephemeralKey = reader.bytes(POINT_SIZE);
  return { ...common, mode, assetCommitment, surjectionProof, ephemeralKey };
}

function readPart(reader: VertexReader, what: string, most: number): Uint8Array {
  const size = reader.u16();
  if (size > most) throw malformed(`${what} size ${size} exceeds maximum ${most}`);
  return reader.bytes(size);
}

/** Writes what follows the header's id. */
export function writeShieldedOutputs(
  writer: VertexWriter,
  outputs: readonly ShieldedOutput[],
): void {
  writer.u8(outputs.length);
  for (const output of outputs) {
    writer.u8(output.mode).bytes(output.commitment);
    writer.u16(output.rangeProof.length).bytes(output.rangeProof);
    writer.u16(output.script.length).bytes(output.script);
    if (output.mode === AMOUNT_ONLY) writer.u8(output.tokenData);
    else {
      writer.bytes(output.assetCommitment);
      writer.u16(output.surjectionProof.length).bytes(output.surjectionProof);
    }
    writer.bytes(output.ephemeralKey);
  }
}
