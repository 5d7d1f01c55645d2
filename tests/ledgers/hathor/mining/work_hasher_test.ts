import { assertEquals } from "@std/assert";
import { sha256d } from "../../../../src/crypto/bitcoin_hash.ts";
import { WorkHasher } from "../../../../src/ledgers/hathor/mining/work_hasher.ts";
import { targetOf } from "../../../../src/ledgers/hathor/rules/work.ts";
import { Prng } from "../../../support/prng.ts";

/** The first nonce below a target, by hashing each whole. */
function firstBelow(header: Uint8Array, target: bigint, first: number): number {
  const bytes = new Uint8Array(80);
  bytes.set(header);
  for (let nonce = first;; nonce++) {
    new DataView(bytes.buffer).setUint32(76, nonce);
    if (BigInt(`0x${sha256d(bytes).toReversed().toHex()}`) < target) return nonce;
  }
}

Deno.test("the nonce that is found is the first whose hash is below the target", () => {
  const prng = new Prng(7);
  for (const weight of [0.5, 1, 2.25, 4, 6, 8, 8.5, 9, 10.75]) {
    for (let round = 0; round < 8; round++) {
      const header = Uint8Array.from({ length: 64 }, () => prng.below(256));
      const first = prng.below(2 ** 31);
      const expected = firstBelow(header, targetOf(weight), first);
      const hasher = new WorkHasher(header, targetOf(weight));
      assertEquals(hasher.search(first, expected), undefined);
      assertEquals(hasher.search(first, expected + 1), expected);
    }
  }
});

Deno.test("the program begins and ends at any nonce, up to the last", () => {
  const prng = new Prng(8);
  const target = targetOf(8.1);
  for (let round = 0; round < 20; round++) {
    const header = Uint8Array.from({ length: 64 }, () => prng.below(256));
    const hasher = new WorkHasher(header, target);
    const found = hasher.search(2 ** 32 - 4_000 - round, 2 ** 32);
    if (found === undefined) continue;
    assertEquals(found, firstBelow(header, target, 2 ** 32 - 4_000 - round));
    assertEquals(hasher.search(found, found + 1), found);
    assertEquals(hasher.search(found, found), undefined);
  }
});
