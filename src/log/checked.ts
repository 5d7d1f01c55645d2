import { crc32 } from "node:zlib";

/**
 * Small values as they are stored: four bytes of checksum (little-endian), then JSON text in UTF-8.
 * The checksum covers what the value is called too, so that a value under another's key is noticed.
 */
const CHECKSUM_BYTES = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Room for the checksum, as characters that take one byte each. */
const ROOM = "\0".repeat(CHECKSUM_BYTES);

/** A stored value that cannot be what was written under its name. */
export class DamagedValueError extends Error {
  override readonly name = "DamagedValueError";
}

/** The stored form of a text under a name. */
export function checkedText(name: string, text: string): Uint8Array {
  return withChecksum(name, encoder.encode(ROOM + text));
}

/** The stored form of bytes under a name. */
export function checkedBytes(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CHECKSUM_BYTES + content.length);
  bytes.set(content, CHECKSUM_BYTES);
  return withChecksum(name, bytes);
}

/** The text that {@linkcode checkedText} has stored. Throws {@linkcode DamagedValueError}. */
export function readCheckedText(name: string, stored: unknown): string {
  return decoder.decode(readCheckedBytes(name, stored));
}

/** The bytes that {@linkcode checkedBytes} has stored. Throws {@linkcode DamagedValueError}. */
export function readCheckedBytes(name: string, stored: unknown): Uint8Array {
  if (!(stored instanceof Uint8Array) || stored.length < CHECKSUM_BYTES) {
    throw new DamagedValueError("it is not what this program stores");
  }
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const content = stored.subarray(CHECKSUM_BYTES);
  if (view.getUint32(0, true) !== checksum(name, content)) {
    throw new DamagedValueError("its checksum does not match");
  }
  return content;
}

function withChecksum(name: string, bytes: Uint8Array): Uint8Array {
  const sum = checksum(name, bytes.subarray(CHECKSUM_BYTES));
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, sum, true);
  return bytes;
}

/** CRC-32 of the name and the content; 31 bits go from one to the other, as in `record.ts`. */
function checksum(name: string, content: Uint8Array): number {
  return crc32(content, crc32(name) & 0x7fff_ffff);
}
