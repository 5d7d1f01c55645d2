import { readAmount, writeAmount } from "./amount.ts";
import { malformed } from "./format_error.ts";
import { type NanoHeader, readNanoHeader, writeNanoHeader } from "./nano_header.ts";
import {
  readShieldedOutputs,
  type ShieldedOutput,
  writeShieldedOutputs,
} from "./shielded_outputs.ts";
import type { VertexReader } from "./vertex_reader.ts";
import { VertexWriter } from "./vertex_writer.ts";

/** The first byte of a header: what it is. */
export const HeaderId = {
  nano: 0x10,
  fee: 0x11,
  shieldedOutputs: 0x12,
  unshieldBalance: 0x13,
} as const;

/** An amount of a token that pays fees. */
export interface Fee {
  /** 0 for HTR, n for the transaction's nth token. */
  readonly tokenIndex: number;
  readonly amount: bigint;
}

/** What a transaction may carry after its nonce. */
export type Header =
  | ({ readonly id: typeof HeaderId.nano } & NanoHeader)
  | { readonly id: typeof HeaderId.fee; readonly fees: readonly Fee[] }
  | { readonly id: typeof HeaderId.shieldedOutputs; readonly outputs: readonly ShieldedOutput[] }
  | { readonly id: typeof HeaderId.unshieldBalance; readonly excessBlindingFactor: Uint8Array };

export type FeeHeader = Extract<Header, { id: typeof HeaderId.fee }>;

/** What may carry headers: any transaction. */
interface WithHeaders {
  readonly headers: readonly Header[];
}

/** The call of a contract that a transaction is, if it is one. */
export function nanoHeaderOf({ headers }: WithHeaders): NanoHeader | undefined {
  return headers.find((header) => header.id === HeaderId.nano);
}

/** The fee header of a transaction, if it has one. */
export function feeHeaderOf({ headers }: WithHeaders): FeeHeader | undefined {
  return headers.find((header) => header.id === HeaderId.fee);
}

/** The most headers that a vertex may have. */
const MAX_HEADERS = 3;

const BLINDING_FACTOR_SIZE = 32;

/** Reads headers up to the end. */
export function readHeaders(reader: VertexReader): Header[] {
  const headers: Header[] = [];
  while (!reader.isAtEnd) {
    if (headers.length >= MAX_HEADERS) throw malformed("too many headers");
    headers.push(readHeader(reader));
  }
  return headers;
}

/** Whether a byte begins a header that is known. */
export function isHeaderId(byte: number): boolean {
  return byte >= HeaderId.nano && byte <= HeaderId.unshieldBalance;
}

function readHeader(reader: VertexReader): Header {
  const id = reader.u8();
  switch (id) {
    case HeaderId.nano:
      return { id, ...readNanoHeader(reader) };
    case HeaderId.fee:
      return { id, fees: readFees(reader) };
    case HeaderId.shieldedOutputs:
      return { id, outputs: readShieldedOutputs(reader) };
    case HeaderId.unshieldBalance:
      return { id, excessBlindingFactor: reader.bytes(BLINDING_FACTOR_SIZE) };
    default:
      throw malformed(`0x${id.toString(16)} is not a known header`);
  }
}

function readFees(reader: VertexReader): Fee[] {
  const count = reader.u8();
  return Array.from(
    { length: count },
    () => ({ tokenIndex: reader.u8(), amount: readAmount(reader) }),
  );
}

export function encodeHeaders(headers: readonly Header[]): Uint8Array {
  const writer = new VertexWriter();
  for (const header of headers) writeHeader(writer, header, { isForSighash: false });
  return writer.finish();
}

/**
 * Writes a header as it is in the vertex, or as signatures cover it: a nano header without its own
 * signature, a fee header whole.
 */
export function writeHeader(
  writer: VertexWriter,
  header: Header,
  { isForSighash }: { readonly isForSighash: boolean },
): void {
  writer.u8(header.id);
  switch (header.id) {
    case HeaderId.nano:
      return writeNanoHeader(writer, header, { withScript: !isForSighash });
    case HeaderId.fee:
      writer.u8(header.fees.length);
      for (const fee of header.fees) {
        writer.u8(fee.tokenIndex);
        writeAmount(writer, fee.amount);
      }
      return;
    case HeaderId.shieldedOutputs:
      return writeShieldedOutputs(writer, header.outputs);
    case HeaderId.unshieldBalance:
      writer.bytes(header.excessBlindingFactor);
  }
}
