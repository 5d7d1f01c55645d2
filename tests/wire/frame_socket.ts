import { assertEquals } from "@std/assert";
import { concat } from "../support/bytes.ts";
import { handshake, writeAll } from "../support/raw_socket.ts";
import { within } from "../support/until.ts";

/** What a frame of a client is, where it is not a whole text under a random mask. */
export interface Shape {
  readonly opcode?: number;
  readonly isLast?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  readonly mask?: Uint8Array | "none";
  /** Bytes that the length takes behind the first seven bits; the fewest where left out. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** A frame as RFC 6455 has it, or as it forbids it. */
export function clientFrame(payload: Uint8Array, shape: Shape = {}): Uint8Array {
  const { opcode = 1, isLast = true, reserved = 0 } = shape;
  const { mask = crypto.getRandomValues(new Uint8Array(4)) } = shape;
  const { length } = payload;
  const fewest = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const { lengthBytes = fewest } = shape;
  const head = new DataView(new ArrayBuffer(2 + lengthBytes));
  head.setUint8(0, (isLast ? 0x80 : 0) | reserved << 4 | opcode);
  const bits = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127;
  head.setUint8(1, (mask === "none" ? 0 : 0x80) | bits);
  if (lengthBytes === 2) head.setUint16(2, length);
  if (lengthBytes === 8) head.setBigUint64(2, BigInt(length));
  if (mask === "none") return concat([new Uint8Array(head.buffer), payload]);
  const masked = payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return concat([new Uint8Array(head.buffer), mask, masked]);
}

/** A frame of the server. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** A socket on which a test writes bytes, and reads frames. */
export class FrameSocket {
  readonly #tcp: Deno.TcpConn;
  readonly #buffer = new Uint8Array(64 * 1024);
  #held: Uint8Array;

  private constructor(tcp: Deno.TcpConn, held: Uint8Array) {
    this.#tcp = tcp;
    this.#held = held;
  }

  static async open(
    origin: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<FrameSocket> {
    const { status, body, connection } = await handshake(origin, "/", headers);
    assertEquals([status, body], [101, ""]);
    return new FrameSocket(connection, new Uint8Array());
  }

  /** Writes bytes, in pieces of so many at the most. */
  async write(bytes: Uint8Array, piece = bytes.length): Promise<void> {
    for (let at = 0; at < bytes.length; at += piece) {
      await writeAll(this.#tcp, bytes.subarray(at, at + piece));
    }
  }

  /** The next frame; fails where the connection ends before. */
  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#take();
      if (frame !== undefined) return frame;
      const ended = await within("a frame", this.#read());
      if (ended !== undefined) throw new Error(`${ended} before a frame`);
    }
  }

  /** The next frame, which is a text. */
  async text(): Promise<string> {
    const { opcode, payload } = await this.next();
    assertEquals(opcode, 1, new TextDecoder().decode(payload));
    return new TextDecoder().decode(payload);
  }

  /** How the socket ends: the code of a close frame, or how the connection does without one. */
  async end(): Promise<number | "end" | "reset"> {
    try {
      for (;;) {
        const frame = this.#take();
        if (frame?.opcode === 8) return codeOf(frame);
        const ended = frame === undefined ? await within("the end", this.#read()) : undefined;
        if (ended !== undefined) return ended;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#tcp.close();
  }

  async #read(): Promise<"end" | "reset" | undefined> {
    try {
      const count = await this.#tcp.read(this.#buffer);
      if (count === null) return "end";
      this.#held = concat([this.#held, this.#buffer.subarray(0, count)]);
      return undefined;
    } catch {
      return "reset";
    }
  }

  #take(): Frame | undefined {
    const held = this.#held;
    const [first = 0, bits = 0] = held;
    const start = bits < 126 ? 2 : bits === 126 ? 4 : 10;
    if (held.length < start) return undefined;
    const view = new DataView(held.buffer, held.byteOffset);
    const length = bits < 126
      ? bits
      : bits === 126
      ? view.getUint16(2)
      : Number(view.getBigUint64(2));
    if (held.length < start + length) return undefined;
    this.#held = held.slice(start + length);
    return { opcode: first & 15, payload: held.slice(start, start + length) };
  }
}

/** The code of a close frame. */
export function codeOf({ payload }: Frame): number {
  return payload.length < 2 ? 1005 : new DataView(payload.slice().buffer).getUint16(0);
}
