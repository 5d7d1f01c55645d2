import { type FormatErrorCode, malformed, VertexFormatError } from "./format_error.ts";
import type { VertexReader } from "./vertex_reader.ts";
import type { VertexWriter } from "./vertex_writer.ts";

/** The largest amount of four bytes. */
const LARGEST_SHORT = 2n ** 31n - 1n;
/** The largest amount of eight. */
export const MAX_AMOUNT = 2n ** 63n;
const LONG_SIZE = 8;
const SHORT_SIZE = 4;

/**
 * Reads an amount: four bytes as they are, or, where the first bit is set, the negative of eight.
 *
 * @param ifShort how the reference node takes an amount that the end cuts short
 * @throws {VertexFormatError} such an amount, zero, or eight bytes where four would do
 */
export function readAmount(reader: VertexReader, ifShort: FormatErrorCode = "malformed"): bigint {
  const isLong = reader.peek() >= 0x80;
  if (reader.left < (isLong ? LONG_SIZE : SHORT_SIZE)) {
    throw new VertexFormatError(ifShort, "Invalid byte struct for output");
  }
  const amount = isLong ? -reader.i64() : BigInt(reader.u32());
  if (amount === 0n) throw malformed("Number must be strictly positive");
  if (isLong && amount <= LARGEST_SHORT) {
    throw malformed("Value fits in 4 bytes but is using 8 bytes");
  }
  return amount;
}

/** Writes an amount of 1 to 2^63, the largest there can be, as {@link readAmount} reads it. */
export function writeAmount(writer: VertexWriter, amount: bigint): void {
  if (amount > LARGEST_SHORT) writer.i64(-amount);
  else writer.u32(Number(amount));
}
