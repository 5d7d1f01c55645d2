import { sha256d } from "../../../crypto/bitcoin_hash.ts";
import { concatBytes } from "../../../kernel/concat.ts";
import { malformed, uncaught } from "./format_error.ts";
import { VertexWriter } from "./vertex_writer.ts";

/**
 * The proof of work of a merge-mined block: a Bitcoin block's header and the way from it to a
 * coinbase transaction that holds the Hathor block's hash between `coinbaseHead` and
 * `coinbaseTail`.
 */
export interface AuxPow {
  readonly headerHead: Uint8Array;
  readonly coinbaseHead: Uint8Array;
  readonly coinbaseTail: Uint8Array;
  readonly merklePath: readonly Uint8Array[];
  readonly headerTail: Uint8Array;
}

const HEADER_HEAD_SIZE = 36;
const HEADER_TAIL_SIZE = 12;
const LINK_SIZE = 32;
const LONGEST_PATH = 100n;

/**
 * Reads what the node reads, which is more than it writes: a part may be cut short by the end of
 * the bytes, lengths need not be in their shortest form, and bytes after the proof are ignored.
 */
export function decodeAuxPow(bytes: Uint8Array): AuxPow {
  const reader = new BitcoinReader(bytes);
  const headerHead = reader.upTo(HEADER_HEAD_SIZE);
  const coinbaseHead = reader.upTo(reader.varint());
  const coinbaseTail = reader.upTo(reader.varint());
  const count = reader.varint();
  if (count > LONGEST_PATH) {
    throw malformed(`invalid merkle path count: ${count} > ${LONGEST_PATH}`);
  }
  const merklePath: Uint8Array[] = [];
  for (let link = 0; link < count; link++) {
    const hash = reader.upTo(LINK_SIZE);
    if (hash.length < LINK_SIZE) throw uncaught("the merkle path ends early");
    merklePath.push(hash);
  }
  return {
    headerHead,
    coinbaseHead,
    coinbaseTail,
    merklePath,
    headerTail: reader.upTo(HEADER_TAIL_SIZE),
  };
}

export function encodeAuxPow(proof: AuxPow): Uint8Array {
  const writer = new VertexWriter().bytes(proof.headerHead);
  writeVarint(writer, proof.coinbaseHead.length);
  writer.bytes(proof.coinbaseHead);
  writeVarint(writer, proof.coinbaseTail.length);
  writer.bytes(proof.coinbaseTail);
  writeVarint(writer, proof.merklePath.length);
  for (const link of proof.merklePath) writer.bytes(link);
  return writer.bytes(proof.headerTail).finish();
}

/** The hash of a merge-mined block whose {@link miningBaseHash} is `baseHash`, in hexadecimal. */
export function auxPowHash(proof: AuxPow, baseHash: Uint8Array): string {
  let root = sha256d(concatBytes(proof.coinbaseHead, baseHash, proof.coinbaseTail));
  for (const link of proof.merklePath) root = sha256d(concatBytes(root, link.toReversed()));
  return sha256d(concatBytes(proof.headerHead, root, proof.headerTail)).toReversed().toHex();
}

/** Sizes in bytes of the numbers that follow the marks 0xfd, 0xfe and 0xff. */
const VARINT_SIZE: Readonly<Record<number, number>> = { 0xfd: 2, 0xfe: 4, 0xff: 8 };

class BitcoinReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** `count` bytes, or as many as there are. */
  upTo(count: number | bigint): Uint8Array {
    const end = Math.min(this.#at + Number(count), this.#bytes.length);
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  /** Bitcoin's little-endian number of 1, 3, 5 or 9 bytes. */
  varint(): bigint {
    const mark = this.upTo(1)[0];
    if (mark === undefined) throw malformed("not enough bytes to read");
    const size = VARINT_SIZE[mark];
    if (size === undefined) return BigInt(mark);
    const number = this.upTo(size);
    if (number.length < size) throw malformed("not enough bytes to read");
    return BigInt(`0x${number.toReversed().toHex()}`);
  }
}

function writeVarint(writer: VertexWriter, value: number): void {
  // A vertex is too short for any length of more than two bytes.
  if (value < 0xfd) writer.u8(value);
  else writer.u8(0xfd).u8(value & 0xff).u8(value >> 8);
}
