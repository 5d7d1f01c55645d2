import { malformed } from "./format_error.ts";
import type { VertexReader } from "./vertex_reader.ts";
import type { VertexWriter } from "./vertex_writer.ts";

const CONTINUES = 0x80;

/**
 * Reads an unsigned LEB128 number of at most `maxBytes`. One that is longer than it needs to be is
 * taken, as the node does; it is written back in its shortest form.
 */
export function readLeb128(reader: VertexReader, maxBytes: number): bigint {
  let value = 0n;
  for (let place = 0; place < maxBytes; place++) {
    const byte = reader.u8();
    value |= BigInt(byte & 0x7f) << BigInt(7 * place);
    if (byte < CONTINUES) return value;
  }
  throw malformed("a number has too many bytes");
}

export function writeLeb128(writer: VertexWriter, value: bigint): void {
  let left = value;
  for (; left >= 0x80n; left >>= 7n) writer.u8(Number(left & 0x7fn) | CONTINUES);
  writer.u8(Number(left));
}
