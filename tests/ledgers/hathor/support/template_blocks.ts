import { sha256d } from "../../../../src/crypto/bitcoin_hash.ts";
import { concatBytes } from "../../../../src/kernel/concat.ts";
import { sha256 } from "../../../../src/crypto/hash.ts";

/** Bytes of the funds of a block with one output that pays to nobody in particular. */
const FUNDS_SIZE = 10;
/** Bytes of a block's weight, after which its timestamp comes. */
const WEIGHT_SIZE = 8;

/** What miners read of a template. */
export interface Template {
  readonly data: string;
  readonly weight: number;
  readonly height: number;
  readonly timestamp_now: number;
  readonly timestamp_min: number;
  readonly timestamp_max: number;
}

/** A block of a template that says what time it is, with a nonce that is found by trying. */
export function mined({ data, weight, ...times }: Template): string {
  const bytes = Uint8Array.fromHex(data);
  const timestamp = Math.min(
    Math.max(times.timestamp_now, times.timestamp_min),
    times.timestamp_max,
  );
  new DataView(bytes.buffer).setUint32(FUNDS_SIZE + WEIGHT_SIZE, timestamp);
  const funds = sha256(bytes.subarray(0, FUNDS_SIZE));
  const graph = sha256(bytes.subarray(FUNDS_SIZE));
  const target = 2n ** BigInt(256 - weight);
  for (let tried = 0;; tried++) {
    const nonce = new Uint8Array(16);
    new DataView(nonce.buffer).setUint32(12, tried);
    const hash = sha256d(concatBytes(funds, graph, nonce)).toReversed().toHex();
    if (BigInt(`0x${hash}`) < target) return bytes.toHex() + nonce.toHex();
  }
}
