import { sha256 } from "../../../crypto/hash.ts";

/** The constants of SHA-256 (FIPS 180-4): roots of the first primes. */
const PRIMES = firstPrimes(64);
const ROUND = Int32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));

const HEADER_BITS = 8 * 80;
const DIGEST_BITS = 8 * 32;
const END_MARK = 0x8000_0000;

/**
 * Tries nonces of one vertex. The mining header is one block of SHA-256, so that is hashed once; and
 * nothing is allocated for a nonce, which makes it several times as fast as hashing each whole.
 */
export class WorkHasher {
  /** Nonces that this thread has tried, in all. */
  static tried = 0;
  readonly #header: Uint8Array;
  readonly #target: bigint;
  /** The target's first 32 bits: what is above needs no closer look. */
  readonly #highest: number;
  readonly #middle = START.slice();
  readonly #state = new Int32Array(8);
  readonly #words = new Int32Array(64);

  /** @param header the 64 bytes of `miningHeader` */
  constructor(header: Uint8Array, target: bigint) {
    this.#header = header;
    this.#target = target;
    this.#highest = Number(target >> 224n);
    const view = new DataView(header.buffer, header.byteOffset);
    for (let word = 0; word < 16; word++) this.#words[word] = view.getInt32(4 * word);
    compress(this.#middle, this.#words);
  }

  /** The first nonce from `first` on and before `end` whose hash is below the target. */
  search(first: number, end: number): number | undefined {
    const state = this.#state;
    const words = this.#words;
    for (let nonce = first; nonce < end; nonce++) {
      words.fill(0, 0, 16);
      words[3] = nonce;
      words[4] = END_MARK;
      words[15] = HEADER_BITS;
      state.set(this.#middle);
      compress(state, words);
      words.set(state);
      words.fill(0, 8, 16);
      words[8] = END_MARK;
      words[15] = DIGEST_BITS;
      state.set(START);
      compress(state, words);
      if (firstBits(state) <= this.#highest && this.#isBelow(nonce)) {
        WorkHasher.tried += nonce + 1 - first;
        return nonce;
      }
    }
    WorkHasher.tried += Math.max(0, end - first);
    return undefined;
  }

  #isBelow(nonce: number): boolean {
    const bytes = new Uint8Array(80);
    bytes.set(this.#header);
    new DataView(bytes.buffer).setUint32(76, nonce);
    return BigInt(`0x${sha256(sha256(bytes)).toReversed().toHex()}`) < this.#target;
  }
}

/** The first 32 bits of the hash, whose bytes are those of the digest from its end. */
function firstBits(digest: Int32Array): number {
  const last = digest[7] ?? 0;
  return (((last & 0xff) << 24) | ((last & 0xff00) << 8) | ((last >>> 8) & 0xff00) |
    (last >>> 24)) >>> 0;
}

/** One block of SHA-256, whose first 16 words are given. */
function compress(state: Int32Array, words: Int32Array): void {
  // All indexes are within the arrays, which have 8 and 64 words.
  const at = (array: Int32Array, index: number): number => array[index] as number;
  for (let i = 16; i < 64; i++) {
    const w15 = at(words, i - 15);
    const w2 = at(words, i - 2);
    const s0 = (w15 >>> 7 | w15 << 25) ^ (w15 >>> 18 | w15 << 14) ^ w15 >>> 3;
    const s1 = (w2 >>> 17 | w2 << 15) ^ (w2 >>> 19 | w2 << 13) ^ w2 >>> 10;
    words[i] = (at(words, i - 16) + s0 + at(words, i - 7) + s1) | 0;
  }
  let a = at(state, 0), b = at(state, 1), c = at(state, 2), d = at(state, 3);
  let e = at(state, 4), f = at(state, 5), g = at(state, 6), h = at(state, 7);
  for (let i = 0; i < 64; i++) {
    const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(words, i)) | 0;
    const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g, g = f, f = e, e = (d + t1) | 0;
    d = c, c = b, b = a, a = (t1 + t2) | 0;
  }
  state[0] = (at(state, 0) + a) | 0;
  state[1] = (at(state, 1) + b) | 0;
  state[2] = (at(state, 2) + c) | 0;
  state[3] = (at(state, 3) + d) | 0;
  state[4] = (at(state, 4) + e) | 0;
  state[5] = (at(state, 5) + f) | 0;
  state[6] = (at(state, 6) + g) | 0;
  state[7] = (at(state, 7) + h) | 0;
}

/** The first 32 bits of a number's fraction. */
function fractionOf(root: number): number {
  return (root - Math.floor(root)) * 2 ** 32 | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}
