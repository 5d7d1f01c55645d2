import { sha256Hex } from "../../base/hash.ts";

/** A sibling of a path, and the side on which it stands. */
export interface ProofStep {
  readonly hash: string;
  readonly side: "left" | "right";
}

/** A level of the path: the hash that was made there, and what it was made of. */
export interface ProofLevel {
  /** Undefined for the leaf. */
  readonly sibling: ProofStep | undefined;
  readonly hash: string;
}

/** What a block's hash covers, as it is written. */
interface HeaderText {
  readonly index: string;
  readonly timestamp: string;
  readonly previousHash: string;
  readonly merkleRoot: string;
}

/** The hash of two neighbours. */
function parentHash(left: string, right: string): string {
  return sha256Hex(`\u0001${left}${right}`);
}

/** The hashes from a leaf up to the root, by its path. */
export function climb(leaf: string, path: readonly ProofStep[]): readonly ProofLevel[] {
  const levels: ProofLevel[] = [{ sibling: undefined, hash: leaf }];
  let hash = leaf;
  for (const sibling of path) {
    hash = sibling.side === "left"
      ? parentHash(sibling.hash, hash)
      : parentHash(hash, sibling.hash);
    levels.push({ sibling, hash });
  }
  return levels;
}

/** The root of a tree of leaves: a last one without a neighbour goes up unchanged. */
export function rootOfLeaves(leaves: readonly string[]): string {
  let level = leaves;
  if (level.length === 0) return sha256Hex("");
  while (level.length > 1) {
    const above: string[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left = "", right] = level.slice(at, at + 2);
      above.push(right === undefined ? left : parentHash(left, right));
    }
    level = above;
  }
  return level[0] ?? "";
}

/** The hash of a block: over the canonical text of its header. */
export function headerHash({ index, timestamp, previousHash, merkleRoot }: HeaderText): string {
  return sha256Hex(
    `{"creator_id":null,"index":${index},"merkle_root":"${merkleRoot}","nonce":0,` +
      `"previous_hash":"${previousHash}","timestamp":${timestamp}}`,
  );
}
