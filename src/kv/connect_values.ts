import { Buffer } from "node:buffer";
import { deserialize, Serializer } from "node:v8";

/** How a stored value is to be read. */
export const Encoding = { v8: 1, u64: 2, bytes: 3 } as const;

/** A value as KV Connect sends it. */
export interface ValueBytes {
  readonly data: Uint8Array;
  readonly encoding: number;
}

/**
 * A value as the runtime's own client would send it. The log writes bytes, and a few numbers. What
 * `serialize` of `node:v8` makes of bytes inside of something else, no other client could read.
 */
export function encodeValue(value: unknown): ValueBytes {
  if (value instanceof Uint8Array) return { data: value, encoding: Encoding.bytes };
  if (value instanceof Deno.KvU64) {
    const data = new Uint8Array(8);
    new DataView(data.buffer).setBigUint64(0, value.value, true);
    return { data, encoding: Encoding.u64 };
  }
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return { data: serializer.releaseBuffer(), encoding: Encoding.v8 };
}

/**
 * What was stored so, in memory of its own: the answer that it came in may hold a hundred others.
 * Throws where it cannot be read.
 */
export function decodeValue(data: Uint8Array, encoding: number): unknown {
  switch (encoding) {
    case Encoding.bytes:
      return data.slice();
    case Encoding.u64:
      return new Deno.KvU64(new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0, true));
    case Encoding.v8:
      return deserialize(Buffer.from(data.buffer, data.byteOffset, data.length));
    default:
      throw new TypeError(`a stored value has the unknown encoding ${encoding}`);
  }
}
