import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { isPyObject, PyFloat, type PyJson, type PyObject, valueAt } from "../../src/python/json.ts";
import { parsePyJson } from "../../src/python/json_parse.ts";
import { blockHash, type BlockHeader } from "../../src/ledgers/hierachain/block/block_hash.ts";
import { authorityMessage } from "../../src/ledgers/hierachain/block/finalization.ts";
import { headerOver } from "./merkle_tree.ts";

/** A block as anyone reads it from REST: its own JSON and nothing else. */
export interface RestBlock {
  readonly index: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly timestamp: PyFloat;
  readonly events: readonly PyObject[];
}

export function readRestBlock(text: string): RestBlock {
  const block = parsePyJson(text);
  assert(isPyObject(block));
  const index = valueAt(block, "index");
  const timestamp = valueAt(block, "timestamp");
  const events = valueAt(block, "events");
  assert(typeof index === "number" && timestamp instanceof PyFloat && Array.isArray(events));
  assertEquals(valueAt(block, "events_count"), events.length);
  return {
    index,
    timestamp,
    hash: String(valueAt(block, "hash")),
    previousHash: String(valueAt(block, "previous_hash")),
    events: events.map((event: PyJson) => {
      assert(isPyObject(event));
      return event;
    }),
  };
}

/** The block's header, worked out from its events by the pure rules. */
export function headerOf(block: RestBlock, events = block.events): BlockHeader {
  const { index, timestamp, previousHash } = block;
  return headerOver(events, { index, timestamp, previousHash, nonce: 0, creatorId: null });
}

/** Asserts that a block's hash is what its own JSON says. */
export function assertBlockHash(block: RestBlock): void {
  assertEquals(blockHash(headerOf(block)), block.hash);
}

/** Asserts that the last event of a block is its finalisation by the key of that authority. */
export function assertFinalised(block: RestBlock, title: string, publicKey: string): void {
  const last = block.events.at(-1);
  const details = last && valueAt(last, "details");
  assert(last !== undefined && details !== undefined && isPyObject(details));
  assertEquals(valueAt(last, "event"), "consensus_finalization");
  const timestamp = valueAt(details, "timestamp");
  assert(timestamp instanceof PyFloat);
  const unfinalised = blockHash(headerOf(block, block.events.slice(0, -1)));
  const message = authorityMessage(unfinalised, title, timestamp.value);
  const signature = Buffer.from(String(valueAt(details, "authority_signature")), "hex");
  assert(verify(null, message, ed25519(publicKey), signature), "the signature does not verify");
}

function ed25519(publicKey: string): KeyObject {
  const x = Buffer.from(publicKey, "hex").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
