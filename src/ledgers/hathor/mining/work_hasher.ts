import { sha256 } from "../../../crypto/hash.ts";
import { firstState } from "./sha256_block.ts";
import { compileTryNonces, LANES, type TryNonces } from "./work_program.ts";

/** Up to this weight a nonce is found sooner than the program for heavier work is compiled. */
const PLAIN_WEIGHT = 8;
const NEEDS_PROGRAM = 2n ** 256n >> BigInt(PLAIN_WEIGHT);

/** This thread's own, compiled when it is needed: that takes some hundredths of a second. */
let program: TryNonces | undefined;

/**
 * Tries nonces of one vertex. The mining header is one block of SHA-256, so that is hashed once;
 * what is left for each nonce is WebAssembly.
 */
export class WorkHasher {
  /** Nonces that this thread has tried, in all. */
  static tried = 0;
  readonly #bytes = new Uint8Array(80);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #target: bigint;
  /** The target's first 32 bits: what is above needs no closer look. */
  readonly #highest: number;
  readonly #middle: readonly number[];

  /** @param header the 64 bytes of `miningHeader` */
  constructor(header: Uint8Array, target: bigint) {
    this.#bytes.set(header);
    this.#target = target;
    this.#highest = Number(target >> 224n);
    this.#middle = firstState(header);
  }

  /** The first nonce from `first` on and before `end` whose hash is below the target. */
  search(first: number, end: number): number | undefined {
    const nonce = this.#find(first, end);
    WorkHasher.tried += Math.max(0, (nonce === undefined ? end : nonce + 1) - first);
    return nonce;
  }

  #find(first: number, end: number): number | undefined {
    if (this.#target >= NEEDS_PROGRAM) return this.#findPlainly(first, end);
    program ??= compileTryNonces();
    for (let next = first; next < end; next += LANES) {
      next += program(next, end - next, this.#highest, ...this.#middle);
      const found = this.#findPlainly(next, Math.min(next + LANES, end));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findPlainly(first: number, end: number): number | undefined {
    for (let nonce = first; nonce < end; nonce++) {
      if (this.#isBelow(nonce)) return nonce;
    }
    return undefined;
  }

  #isBelow(nonce: number): boolean {
    this.#view.setUint32(76, nonce);
    return BigInt(`0x${sha256(sha256(this.#bytes)).toReversed().toHex()}`) < this.#target;
  }
}
