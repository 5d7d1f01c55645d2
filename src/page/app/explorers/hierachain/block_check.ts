import { canonicalText, isObject, leafText } from "./canonical.ts";
import { sha256Hex } from "../../base/hash.ts";
import { headerHash, rootOfLeaves } from "./merkle_check.ts";
import { parseSpelled, type SpelledJson } from "./number_text.ts";

/** A block whose hash was computed anew, of what the API tells of it. */
export interface CheckedBlock {
  readonly index: number;
  readonly hash: string;
  readonly previousHash: string;
  /** In seconds since the epoch. */
  readonly timestamp: number;
  /** What its events come to. */
  readonly merkleRoot: string;
  /** Texts of its events, and their leaves. */
  readonly events: readonly { readonly text: string; readonly leaf: string }[];
  /** Whether its hash is that of its header with this root. */
  readonly isRight: boolean;
}

/** Computes a block's root and hash of the API's text of it. Throws SyntaxError. */
export function checkBlock(json: string): CheckedBlock {
  const block = parseSpelled(json);
  if (!isObject(block)) throw new SyntaxError("A block is an object");
  const listed = block.get("events");
  const events = (Array.isArray(listed) ? listed : []).map((event: SpelledJson) => {
    const text = canonicalText(event);
    return { text, leaf: sha256Hex(leafText(event)) };
  });
  const merkleRoot = rootOfLeaves(events.map(({ leaf }) => leaf));
  const header = headerOf(block);
  return {
    index: Number(header.index),
    hash: header.hash,
    previousHash: header.previousHash,
    timestamp: Number(header.timestamp),
    merkleRoot,
    events,
    isRight: headerHash({ ...header, merkleRoot }) === header.hash,
  };
}

/** A block's header as the API writes it. */
function headerOf(block: ReadonlyMap<string, SpelledJson>) {
  const text = (name: string) => {
    const value = block.get(name);
    return typeof value === "string" ? value : "";
  };
  const number = (name: string) => canonicalText(block.get(name) ?? null);
  return {
    index: number("index"),
    timestamp: number("timestamp"),
    hash: text("hash"),
    previousHash: text("previous_hash"),
  };
}
