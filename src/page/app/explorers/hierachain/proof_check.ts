import { canonicalText, isObject } from "./canonical.ts";
import { sha256Hex } from "../../base/hash.ts";
import { climb, headerHash, type ProofLevel, type ProofStep } from "./merkle_check.ts";
import { parseSpelled, type SpelledJson } from "./number_text.ts";

/** A proof as the server gives it, with the header that its root is in. */
export interface ProofParts {
  readonly blockIndex: number;
  readonly blockHash: string;
  readonly merkleRoot: string;
  readonly leaf: string;
  readonly path: readonly ProofStep[];
  /** The event's JSON as the server writes it. */
  readonly eventText: string;
  readonly previousHash: string;
  /** As the header has it. */
  readonly timestamp: string;
}

/** What came of checking a proof. */
export interface ProofVerdict {
  /** From the leaf to the root, as computed here. */
  readonly levels: readonly ProofLevel[];
  readonly isLeaf: boolean;
  readonly isRoot: boolean;
  readonly isHeader: boolean;
  readonly isRight: boolean;
}

/** Checks a proof of the text that an event's leaf is the hash of. */
export function verdictOf(proof: ProofParts, text: string): ProofVerdict {
  const leaf = sha256Hex(text);
  const levels = climb(leaf, proof.path);
  const isLeaf = leaf === proof.leaf;
  const isRoot = levels.at(-1)?.hash === proof.merkleRoot;
  const { blockIndex, timestamp, previousHash, merkleRoot, blockHash } = proof;
  const header = { index: `${blockIndex}`, timestamp, previousHash, merkleRoot };
  const isHeader = headerHash(header) === blockHash;
  return { levels, isLeaf, isRoot, isHeader, isRight: isLeaf && isRoot && isHeader };
}

/** Puts a proof together of the server's texts of it and of its block. Throws SyntaxError. */
export function proofOf(answer: string, block: string): ProofParts {
  const told = objectOf(parseSpelled(answer));
  const header = objectOf(parseSpelled(block));
  const path = told.get("path");
  return {
    blockIndex: Number(canonicalText(told.get("block_index") ?? null)),
    blockHash: textAt(told, "block_hash"),
    merkleRoot: textAt(told, "merkle_root"),
    leaf: textAt(told, "leaf"),
    path: (Array.isArray(path) ? path : []).map((step: SpelledJson) => ({
      hash: textAt(objectOf(step), "hash"),
      side: textAt(objectOf(step), "side") === "left" ? "left" : "right",
    })),
    eventText: canonicalText(told.get("event") ?? null),
    previousHash: textAt(header, "previous_hash"),
    timestamp: canonicalText(header.get("timestamp") ?? null),
  };
}

function objectOf(value: SpelledJson | undefined): ReadonlyMap<string, SpelledJson> {
  if (isObject(value)) return value;
  throw new SyntaxError("An object is missing");
}

function textAt(object: ReadonlyMap<string, SpelledJson>, name: string): string {
  const value = object.get(name);
  if (typeof value === "string") return value;
  throw new SyntaxError(`${name} is missing`);
}
