import { Buffer } from "node:buffer";
import { FRAME_GAP, type FramePart, type Frames } from "../../sockets/frames.ts";

/** The first byte of a whole text message. */
const WHOLE_TEXT = 0x81;

/** Bytes of the longest header of a frame that a server sends. */
const MOST_HEADER = 10;

/** Bytes of the longest character. */
const MOST_CHARACTER = 4;

/** Characters of the messages that are encoded together: of a hundred large ones few may be sent. */
const PART_CHARS = 128 * 1024;

/** A part of some frames as they go over the wire: all of them behind each other. */
class EncodedPart implements FramePart {
  readonly from: number;
  readonly to: number;
  readonly #frames: Frames;
  #encoded: { readonly bytes: Uint8Array; readonly starts: Uint32Array } | undefined;

  constructor(frames: Frames, from: number, to: number) {
    this.#frames = frames;
    this.from = from;
    this.to = to;
  }

  get encoded(): { readonly bytes: Uint8Array; readonly starts: Uint32Array } {
    return this.#encoded ??= this.#encode();
  }

  #encode() {
    const { bytes, starts } = this.#frames;
    if (bytes !== undefined && starts !== undefined) {
      const framed = inGaps(bytes, starts);
      if (framed !== undefined) return framed;
    }
    return this.#encodeAscii() ?? this.#encodeAny();
  }

  /**
   * As most are: every character is a byte, so that nothing has to be measured first, which was a
   * third of the work. Undefined where one is not.
   */
  #encodeAscii() {
    const { from, to } = this;
    const { texts } = this.#frames;
    const starts = new Uint32Array(to - from + 1);
    let most = 0;
    for (let index = from; index < to; index++) most += MOST_HEADER + (texts[index]?.length ?? 0);
    // Room for one character more: what is cut off at the end must not look like what fits.
    const bytes = Buffer.allocUnsafeSlow(most + MOST_CHARACTER);
    let at = 0;
    for (let index = from; index < to; index++) {
      starts[index - from] = at;
      const text = texts[index];
      if (text === undefined) continue;
      at = writeHeader(bytes, at, text.length);
      if (bytes.write(text, at) !== text.length) return undefined;
      at += text.length;
    }
    starts[to - from] = at;
    return { bytes: bytes.subarray(0, at), starts };
  }

  #encodeAny() {
    const { from, to } = this;
    const { texts } = this.#frames;
    const starts = new Uint32Array(to - from + 1);
    let most = 0;
    for (let index = from; index < to; index++) most += bytesAtMost(texts[index]);
    const bytes = Buffer.allocUnsafeSlow(most);
    let at = 0;
    for (let index = from; index < to; index++) {
      starts[index - from] = at;
      const text = texts[index];
      if (text !== undefined) at = writeFrame(bytes, at, text);
    }
    starts[to - from] = at;
    return { bytes: bytes.subarray(0, at), starts };
  }
}

/** Puts headers into the gaps between messages; undefined where one of them is of another length. */
function inGaps(bytes: Buffer<ArrayBuffer>, starts: Uint32Array) {
  for (let index = 0; index + 1 < starts.length; index++) {
    const start = starts[index] ?? 0;
    const length = (starts[index + 1] ?? 0) - start - FRAME_GAP;
    // One that says nothing has no gap either.
    if (length === -FRAME_GAP) continue;
    if (headerBytes(length) !== FRAME_GAP) return undefined;
    writeHeader(bytes, start, length);
  }
  return { bytes, starts };
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : MOST_HEADER;
}

function bytesAtMost(text: string | undefined): number {
  return text === undefined ? 0 : MOST_HEADER + Buffer.byteLength(text);
}

/** The parts of frames, in order, made once for all sockets. Each is encoded when it is first sent. */
export function encodedParts(frames: Frames): readonly FramePart[] {
  return frames.parts ??= cut(frames);
}

function cut(frames: Frames): readonly EncodedPart[] {
  if (frames.starts !== undefined) return [new EncodedPart(frames, 0, frames.starts.length - 1)];
  const { texts } = frames;
  const parts: EncodedPart[] = [];
  let from = 0;
  let chars = 0;
  for (let index = 0; index < texts.length; index++) {
    chars += texts[index]?.length ?? 0;
    if (chars < PART_CHARS && index + 1 < texts.length) continue;
    parts.push(new EncodedPart(frames, from, index + 1));
    from = index + 1;
    chars = 0;
  }
  return parts;
}

/** The bytes of one message. */
export function textFrame(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(MOST_HEADER + Buffer.byteLength(text));
  return bytes.subarray(0, writeFrame(bytes, 0, text));
}

function writeFrame(bytes: Buffer, at: number, text: string): number {
  at = writeHeader(bytes, at, Buffer.byteLength(text));
  return at + bytes.write(text, at);
}

/** Writes the header of a frame of so many bytes; returns where these begin. */
function writeHeader(bytes: Buffer, at: number, length: number): number {
  bytes[at] = WHOLE_TEXT;
  if (length < 126) {
    bytes[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    bytes[at + 1] = 126;
    bytes[at + 2] = length >> 8;
    bytes[at + 3] = length & 255;
    return at + 4;
  }
  bytes[at + 1] = 127;
  bytes.writeBigUInt64BE(BigInt(length), at + 2);
  return at + 10;
}
