import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  addLeaf,
  EMPTY_MERKLE_ROOT,
  inclusionProof,
  leafHash,
  type MerklePeaks,
  nodeHash,
  rootOfPeaks,
} from "../../../../src/ledgers/hierachain/block/merkle.ts";
import { merkleRoot, verifyInclusion } from "../../../support/merkle_tree.ts";

const LEAVES = Array.from({ length: 70 }, (_, index) => leafHash(`event ${index}`));

Deno.test("the root grown leaf by leaf is the root built level by level", () => {
  let peaks: MerklePeaks = [];
  assertEquals(rootOfPeaks(peaks), EMPTY_MERKLE_ROOT);
  for (let count = 1; count <= LEAVES.length; count++) {
    peaks = addLeaf(peaks, LEAVES[count - 1] ?? "");
    assertEquals(peaks.reduce((sum, { size }) => sum + size, 0), count);
    assertEquals(rootOfPeaks(peaks), levelByLevel(LEAVES.slice(0, count)));
  }
});

Deno.test("a tree goes on growing from peaks that were stored as JSON", () => {
  fc.assert(fc.property(fc.nat(60), fc.integer({ min: 1, max: 9 }), (first, more) => {
    const peaks = LEAVES.slice(0, first).reduce<MerklePeaks>(addLeaf, []);
    const read: MerklePeaks = JSON.parse(JSON.stringify(peaks));
    const grown = LEAVES.slice(first, first + more).reduce<MerklePeaks>(addLeaf, read);
    assertEquals(rootOfPeaks(grown), merkleRoot(LEAVES.slice(0, first + more)));
  }));
});

Deno.test("every leaf of trees of 1 to 70 leaves has a proof, which holds for no other leaf or root", () => {
  for (let count = 1; count <= LEAVES.length; count++) {
    const leaves = LEAVES.slice(0, count);
    const root = merkleRoot(leaves);
    leaves.forEach((leaf, index) => {
      const proof = inclusionProof(leaves, index);
      assert(verifyInclusion(leaf, proof, root));
      assert(!verifyInclusion(leafHash("another"), proof, root));
      assert(!verifyInclusion(leaf, proof, EMPTY_MERKLE_ROOT));
    });
  }
});

Deno.test("there is no proof for a leaf that is not there", () => {
  for (const index of [-1, 3, 0.5]) {
    assertThrows(() => inclusionProof(LEAVES.slice(0, 3), index), RangeError);
  }
});

function levelByLevel(leaves: readonly string[]): string {
  let level = [...leaves];
  while (level.length > 1) {
    const above: string[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left = "", right] = level.slice(at, at + 2);
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    level = above;
  }
  return level[0] ?? EMPTY_MERKLE_ROOT;
}
