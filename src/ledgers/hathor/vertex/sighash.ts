import { sha256 } from "../../../crypto/hash.ts";
import { writeBlueprint, writeSpending } from "./encode.ts";
import { writeHeader } from "./headers.ts";
import { type TxInput, type VertexFields, VertexVersion } from "./vertex.ts";
import { VertexWriter } from "./vertex_writer.ts";

/** The bytes that a transaction's signatures cover: its funds without input data, its headers. */
export function encodeSighash(tx: Extract<VertexFields, { inputs: unknown }>): Uint8Array {
  const writer = new VertexWriter();
  writeSpending(writer, tx, writeOutpoint);
  for (const header of tx.headers) writeHeader(writer, header, { isForSighash: true });
  if (tx.version === VertexVersion.onChainBlueprint) {
    writeBlueprint(writer, tx, { withSignature: false });
  }
  return writer.finish();
}

/** What is signed: SHA-256 of {@link encodeSighash}, of which ECDSA takes the SHA-256 once more. */
export function sighashOf(tx: Extract<VertexFields, { inputs: unknown }>): Uint8Array {
  return sha256(encodeSighash(tx));
}

function writeOutpoint(writer: VertexWriter, input: TxInput): void {
  writer.hex(input.txId).u8(input.index).u16(0);
}
