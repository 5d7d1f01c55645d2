import type { PyObject } from "../../src/python/json.ts";
import { type BlockHeader, leafPreimage } from "../../src/ledgers/hierachain/block/block_hash.ts";
import {
  addLeaf,
  leafHash,
  type MerklePeaks,
  type MerkleProof,
  nodeHash,
  rootOfPeaks,
} from "../../src/ledgers/hierachain/block/merkle.ts";

/** The root over `leaves`, at once. */
export function merkleRoot(leaves: readonly string[]): string {
  return rootOfPeaks(leaves.reduce<MerklePeaks>(addLeaf, []));
}

/** Whether `proof` leads from `leaf` to `root`. */
export function verifyInclusion(leaf: string, proof: MerkleProof, root: string): boolean {
  const reached = proof.reduce(
    (hash, step) => step.side === "left" ? nodeHash(step.hash, hash) : nodeHash(hash, step.hash),
    leaf,
  );
  return reached === root;
}

/** A block header over `events`: with the root worked out. */
export function headerOver(
  events: readonly PyObject[],
  rest: Omit<BlockHeader, "merkleRoot">,
): BlockHeader {
  const leaves = events.map((event) => leafHash(leafPreimage(event)));
  return { ...rest, merkleRoot: merkleRoot(leaves) };
}
