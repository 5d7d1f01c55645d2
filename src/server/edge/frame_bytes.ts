import { Buffer } from "node:buffer";
import type { Frames } from "../../sockets/frames.ts";

/** The first byte of a whole text message. */
const WHOLE_TEXT = 0x81;

/** Bytes of the longest header of a frame that a server sends. */
const MOST_HEADER = 10;

/** Frames as they go over the wire: all of them behind each other, and where each begins. */
interface Encoded {
  readonly bytes: Uint8Array;
  /** One more than there are frames; one that says nothing has no bytes. */
  readonly starts: Uint32Array;
}

/** Made once, for every socket that is sent them. */
const encoded = new WeakMap<Frames, Encoded>();

/** The bytes of frames, and where each begins in them. */
export function frameBytes(frames: Frames): Encoded {
  const known = encoded.get(frames);
  if (known !== undefined) return known;
  const { texts } = frames;
  const starts = new Uint32Array(texts.length + 1);
  let most = 0;
  for (const text of texts) if (text !== undefined) most += MOST_HEADER + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafeSlow(most);
  let at = 0;
  for (const [index, text] of texts.entries()) {
    starts[index] = at;
    if (text !== undefined) at = writeFrame(bytes, at, text);
  }
  starts[texts.length] = at;
  const made = { bytes: bytes.subarray(0, at), starts };
  encoded.set(frames, made);
  return made;
}

/** The bytes of one message. */
export function textFrame(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(MOST_HEADER + Buffer.byteLength(text));
  return bytes.subarray(0, writeFrame(bytes, 0, text));
}

function writeFrame(bytes: Buffer, at: number, text: string): number {
  const length = Buffer.byteLength(text);
  bytes[at] = WHOLE_TEXT;
  if (length < 126) {
    bytes[at + 1] = length;
    at += 2;
  } else if (length < 65_536) {
    bytes[at + 1] = 126;
    bytes.writeUInt16BE(length, at + 2);
    at += 4;
  } else {
    bytes[at + 1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), at + 2);
    at += 10;
  }
  return at + bytes.write(text, at);
}
