import { createHash } from "node:crypto";
import {
  entriesOf,
  type PyFloat,
  type PyJson,
  type PyObject,
  pyObject,
  valueAt,
} from "../../../python/json.ts";
import type { Steps } from "../../../kernel/steps.ts";
import { writeCanonicalJson, writeSortedRestJson } from "../../../python/json_write.ts";
import { writing } from "../../../python/json_write_steps.ts";

/** What a block's hash covers (hierachain 0.2.0, core/block.py's rules as measured). */
export interface BlockHeader {
  /** Position in the chain, 0 for genesis. */
  readonly index: number;
  /** Seconds since the epoch; `1700000000` and `1700000000.0` hash differently. */
  readonly timestamp: PyFloat | number;
  /** The hash of the block before, `"0"` for genesis. */
  readonly previousHash: string;
  readonly merkleRoot: string;
  /** 0 in every block made over REST. */
  readonly nonce: number;
  /** Null in every block made over REST. */
  readonly creatorId: string | null;
}

/** The text whose SHA-256 is the block's hash. */
export function headerPreimage(header: BlockHeader): string {
  return writeCanonicalJson({
    creator_id: header.creatorId,
    index: header.index,
    merkle_root: header.merkleRoot,
    nonce: header.nonce,
    previous_hash: header.previousHash,
    timestamp: header.timestamp,
  });
}

/** The block's hash, 64 hex characters. */
export function blockHash(header: BlockHeader): string {
  return createHash("sha256").update(headerPreimage(header)).digest("hex");
}

/**
 * The canonical text of an event, whose SHA-256 is its leaf. A top-level key `data` is left out.
 * `details` has to be an object or null, which is all that REST lets through.
 *
 * @throws {PyJsonWriteError} the event holds what orjson refuses
 */
export function leafPreimage(event: PyObject): string {
  return writeCanonicalJson(withoutData(event));
}

/**
 * An event as REST shows it once it is in a finalised block: without a top-level `data`, keys
 * sorted at every level, NaN and the infinities as null, floats as Python prints them. A genesis
 * event is shown in the order it was made in, with `writeRestJson`.
 */
export function restEventText(event: PyObject): string {
  return writeSortedRestJson(withoutData(event));
}

/** As {@linkcode leafPreimage} and {@linkcode restEventText}, a step at a time where it is long. */
export function writingLeaf(event: PyObject): Steps<string> {
  return writing(withoutData(event), "canonical");
}

export function writingRest(event: PyObject): Steps<string> {
  return writing(withoutData(event), "sortedRest");
}

function withoutData(event: PyObject): PyJson {
  if (valueAt(event, "data") === undefined) return event;
  return pyObject(entriesOf(event).filter(([key]) => key !== "data"));
}
