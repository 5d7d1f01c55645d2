import { createHash } from "node:crypto";

// The tree of hierachain 0.2.0, core/merkle_tree.py's rules as measured: a leaf is the SHA-256 of
// an event's canonical text, a node the SHA-256 of the byte 1 and the two children's hex texts,
// and a node without a right-hand neighbour goes up a level unchanged. Every hash here is lower
// case hex of 64 characters.

/** The root of a tree without leaves: the SHA-256 of nothing. */
export const EMPTY_MERKLE_ROOT = sha256("");

/** A perfect subtree: its root, and how many leaves it stands over (a power of two). */
export interface MerklePeak {
  readonly size: number;
  readonly hash: string;
}

/**
 * A tree in the making: its perfect subtrees from left to right, each smaller than the one before.
 * At most 53 of them, as plain JSON.
 */
export type MerklePeaks = readonly MerklePeak[];

/** An audit path: the siblings from a leaf up to the root, and the side each stands on. */
export type MerkleProof = readonly MerkleProofStep[];

/** One sibling of an audit path. */
export interface MerkleProofStep {
  readonly hash: string;
  readonly side: "left" | "right";
}

/** The hash of an event's canonical text. */
export function leafHash(canonicalText: string): string {
  return sha256(canonicalText);
}

/** The hash of two neighbours. */
export function nodeHash(left: string, right: string): string {
  return sha256(`\u0001${left}${right}`);
}

/** Appends a leaf to the tree. Costs one hash on average. */
export function addLeaf(peaks: MerklePeaks, leaf: string): MerklePeaks {
  let hash = leaf;
  let size = 1;
  let kept = peaks.length;
  for (; kept > 0; kept--) {
    const peak = peaks[kept - 1];
    if (peak === undefined || peak.size !== size) break;
    hash = nodeHash(peak.hash, hash);
    size *= 2;
  }
  return [...peaks.slice(0, kept), { size, hash }];
}

/** The root of the tree as it stands. Costs one hash for each peak but one. */
export function rootOfPeaks(peaks: MerklePeaks): string {
  // A lone right-hand node goes up unchanged until it meets a neighbour, so the smaller subtrees
  // gather on the right before the larger ones take them in.
  let root: string | undefined;
  for (let at = peaks.length - 1; at >= 0; at--) {
    const peak = peaks[at];
    if (peak !== undefined) root = root === undefined ? peak.hash : nodeHash(peak.hash, root);
  }
  return root ?? EMPTY_MERKLE_ROOT;
}

/**
 * The audit path of the leaf at `index` in the tree over `leaves`.
 *
 * @throws {RangeError} there is no such leaf
 */
export function inclusionProof(leaves: readonly string[], index: number): MerkleProof {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`no leaf ${index} among ${leaves.length}`);
  }
  const proof: MerkleProofStep[] = [];
  let level = leaves;
  for (let at = index; level.length > 1; at >>= 1) {
    const neighbour = level[at ^ 1];
    if (neighbour !== undefined) {
      proof.push({ hash: neighbour, side: at % 2 === 0 ? "right" : "left" });
    }
    level = levelAbove(level);
  }
  return proof;
}

function levelAbove(level: readonly string[]): string[] {
  const above: string[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at];
    const right = level[at + 1];
    if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
