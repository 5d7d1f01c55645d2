import { z } from "zod";
import { PyFloat, type PyObject } from "../../../python/json.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import { joined } from "../../../web/streamed_text.ts";
import { blockHash, type BlockHeader, leafPreimage, restEventText } from "./block_hash.ts";
import { readStored } from "../../../log/read_stored.ts";
import { buildFinalizationEvent } from "./finalization.ts";
import { addLeaf, leafHash, type MerklePeaks, rootOfPeaks } from "./merkle.ts";

/**
 * A block as it is stored in the log: its header as REST shows it, the offsets of its events, and the
 * events that only the block has (its genesis or its finalisation), which come last.
 */
export interface BlockData {
  readonly index: number;
  readonly hash: string;
  readonly previousHash: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly merkleRoot: string;
  readonly first: number;
  readonly count: number;
  /** Texts of its own events, as REST shows them. */
  readonly own: readonly string[];
}

/** What every block of a chain needs beside its events. */
export interface BlockParts {
  readonly index: number;
  readonly previousHash: string;
  readonly timestamp: number;
  readonly first: number;
  readonly count: number;
}

/** What the event of a genesis block is about. */
export const GENESIS_ENTITY = "SYSTEM";

/** The genesis block of a chain. */
export function genesisBlock(title: string, timestamp: number): BlockData {
  const time = new PyFloat(timestamp);
  const event: PyObject = {
    entity_id: GENESIS_ENTITY,
    event: "genesis",
    timestamp: time,
    details: { chain_name: title, created_at: time },
  };
  const parts = { index: 0, previousHash: "0", timestamp, first: 0, count: 0 };
  const root = leafHash(leafPreimage(event));
  return sealedBlock(parts, root, [writeRestJson(event)]);
}

/** A block over pending events, finalised by the chain's authority. */
export function finalizedBlock(
  parts: BlockParts,
  title: string,
  peaks: MerklePeaks,
  sign: (message: Uint8Array) => string,
): BlockData {
  const event = buildFinalizationEvent({
    blockHash: blockHash(headerOf(parts, rootOfPeaks(peaks))),
    chainName: title,
    timestamp: parts.timestamp,
    finalizedAt: parts.timestamp,
    sign,
  });
  const root = rootOfPeaks(addLeaf(peaks, leafHash(leafPreimage(event))));
  return sealedBlock(parts, root, [restEventText(event)]);
}

/** A block of which the root is known of its events, with its hash. */
export function sealedBlock(
  parts: BlockParts,
  merkleRoot: string,
  own: readonly string[],
): BlockData {
  return { ...parts, merkleRoot, hash: blockHash(headerOf(parts, merkleRoot)), own };
}

function headerOf(parts: BlockParts, merkleRoot: string): BlockHeader {
  return {
    index: parts.index,
    timestamp: new PyFloat(parts.timestamp),
    previousHash: parts.previousHash,
    merkleRoot,
    nonce: 0,
    creatorId: null,
  };
}

/** Ends the header of a stored block; the members after it are shown to no client. */
const PRIVATE = ',"first":';

/** The block's text in the log. */
export function writeBlock(block: BlockData): string {
  const header = writeRestJson({
    index: block.index,
    hash: block.hash,
    previous_hash: block.previousHash,
    timestamp: new PyFloat(block.timestamp),
    nonce: 0,
    merkle_root: block.merkleRoot,
    creator_id: null,
    signature: null,
    events_count: block.count + block.own.length,
  });
  return `${header.slice(0, -1)}${PRIVATE}${block.first},"count":${block.count},"own":${
    JSON.stringify(block.own)
  }}`;
}

/** The fields of the header, as JSON without its braces. */
export function headerFields(text: string): string {
  return text.slice(1, text.indexOf(PRIVATE));
}

const schema = z.object({
  index: z.number(),
  hash: z.string(),
  previous_hash: z.string(),
  timestamp: z.number(),
  merkle_root: z.string(),
  first: z.number(),
  count: z.number(),
  own: z.array(z.string()),
});

/** Reads a block's text from the log. Throws `damaged`. */
export function readBlockData(text: string): BlockData {
  const { previous_hash: previousHash, merkle_root: merkleRoot, ...rest } = readStored(() =>
    schema.parse(JSON.parse(text))
  );
  return { ...rest, previousHash, merkleRoot };
}

/** The block over REST in pieces, given the texts of its events in the log. */
export async function* restBlockPieces(
  block: BlockData,
  logged: AsyncIterable<string>,
): AsyncGenerator<string, void, void> {
  const timestamp = writeRestJson(new PyFloat(block.timestamp));
  yield `{"index":${block.index},"hash":"${block.hash}","previous_hash":"${block.previousHash}",` +
    `"timestamp":${timestamp},"events_count":${block.count + block.own.length},"events":[`;
  yield* joined(withOwn(logged, block.own), ",");
  yield "]}";
}

async function* withOwn(
  logged: AsyncIterable<string>,
  own: readonly string[],
): AsyncGenerator<string, void, void> {
  yield* logged;
  yield* own;
}
