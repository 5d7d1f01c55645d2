import { WorkHasher } from "../../../../src/ledgers/hathor/mining/work_hasher.ts";
import { targetOf } from "../../../../src/ledgers/hathor/rules/work.ts";
import { miningHeader } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";

const HASH_CHARS = 64;
const NONCES = 2 ** 32;

/** The vertex of the first nonce, from `first` on, that has its work and a hash that begins so. */
export function mined<V extends Vertex>(
  make: (nonce: number) => V,
  { first = 0, prefix = "" }: { readonly first?: number; readonly prefix?: string } = {},
): V {
  const some = make(first);
  const target = targetOf(some.weight);
  const end = BigInt(`0x${prefix.padEnd(HASH_CHARS, "f")}`) + 1n;
  const hasher = new WorkHasher(miningHeader(some), target < end ? target : end);
  for (let nonce = first; nonce < NONCES; nonce++) {
    nonce = hasher.search(nonce, NONCES) ?? NONCES;
    const vertex = make(nonce);
    if (vertex.hash.startsWith(prefix)) return vertex;
  }
  throw new RangeError("no nonce will do");
}
