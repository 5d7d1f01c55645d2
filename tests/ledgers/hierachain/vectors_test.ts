import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { PyFloat, type PyObject, valueAt } from "../../../src/python/json.ts";
import { parsePyJson } from "../../../src/python/json_parse.ts";
import { writeCanonicalJson, writeRestJson } from "../../../src/python/json_write.ts";
import { canonicalFloatText, restFloatText } from "../../../src/python/float_text.ts";
import {
  blockHash,
  type BlockHeader,
  headerPreimage,
  leafPreimage,
  restEventText,
} from "../../../src/ledgers/hierachain/block/block_hash.ts";
import { eventId } from "../../../src/ledgers/hierachain/event/event_id.ts";
import {
  authorityMessage,
  buildFinalizationEvent,
} from "../../../src/ledgers/hierachain/block/finalization.ts";
import { leafHash } from "../../../src/ledgers/hierachain/block/merkle.ts";
import { headerOver, merkleRoot } from "../../support/merkle_tree.ts";
import { sanitizeText } from "../../../src/ledgers/hierachain/event/sanitize.ts";
import { wordRuleViolation } from "../../../src/ledgers/hierachain/event/word_rule.ts";
import { asObject, listAt, numberAt, objectAt, objectsAt, textAt } from "../../support/vectors.ts";
import { HIERACHAIN_VECTORS } from "./vectors.ts";

const CHECKS: Readonly<Record<string, (vector: PyObject) => void>> = {
  block: checkBlock,
  chain: checkChain,
  event_id: (vector) => {
    const event = asObject(parsePyJson(textAt(vector, "event_json")));
    const id = eventId(textAt(vector, "channel_id"), event, numberAt(vector, "now"));
    assertEquals(id, textAt(vector, "event_id"));
  },
  evt_id: (vector) => {
    const event = asObject(parsePyJson(textAt(vector, "event_json")));
    const canonical = writeCanonicalJson(event);
    assertEquals(canonical, textAt(vector, "preimage_utf8"));
    assertEquals(`evt-${sha256(canonical).slice(0, 16)}`, textAt(vector, "evt_id"));
  },
  hash: (vector) => assertEquals(sha256(textAt(vector, "preimage_utf8")), textAt(vector, "hash")),
  sanitize: (vector) => {
    for (const one of objectsAt(vector, "cases")) {
      assertEquals(sanitizeText(textAt(one, "in")), textAt(one, "out"));
    }
  },
  word_rules: (vector) => {
    for (const one of objectsAt(vector, "cases")) {
      const event = objectAt(one, "event");
      const accepted = wordRuleViolation(event) === undefined;
      assertEquals(accepted, valueAt(one, "poa_accepts"), writeRestJson(event));
    }
  },
  float_text: (vector) => {
    for (const one of objectsAt(vector, "cases")) {
      const bits = new DataView(new ArrayBuffer(8));
      bits.setBigUint64(0, BigInt(`0x${textAt(one, "ieee754_be_hex")}`));
      assertEquals(canonicalFloatText(bits.getFloat64(0)), textAt(one, "canonical"));
      assertEquals(restFloatText(bits.getFloat64(0)), textAt(one, "rest"));
    }
  },
};

Deno.test("there are 28 golden vectors, each of a kind that is checked", () => {
  assertEquals(HIERACHAIN_VECTORS.length, 28);
  assertEquals(HIERACHAIN_VECTORS.filter((vector) => !(textAt(vector, "kind") in CHECKS)), []);
});

for (const vector of HIERACHAIN_VECTORS) {
  const kind = textAt(vector, "kind");
  Deno.test(`the golden ${kind} vector ${textAt(vector, "name")} comes out the same`, () => {
    CHECKS[kind]?.(vector);
  });
}

function checkBlock(vector: PyObject): void {
  const input = objectAt(vector, "input");
  const events = objectsAt({ events: parsePyJson(textAt(input, "events_json")) }, "events");
  assertEquals(events.map(leafPreimage), listAt(vector, "leaf_preimages_utf8"));
  const leaves = events.map((event) => leafHash(leafPreimage(event)));
  assertEquals(leaves, listAt(vector, "leaf_hashes"));
  assertEquals(merkleRoot(leaves), textAt(vector, "merkle_root"));
  const header = headerOver(events, headerFields(input));
  assertEquals(headerPreimage(header), textAt(vector, "header_preimage_utf8"));
  assertEquals(blockHash(header), textAt(vector, "hash"));
  // What REST shows is what the original has after reading its own canonical text back.
  const shown = objectsAt(objectAt(vector, "block"), "events").map((event) => writeRestJson(event));
  assertEquals(events.map(restEventText), shown);
}

function checkChain(vector: PyObject): void {
  let previousHash = "0";
  const finalizations = Array.isArray(valueAt(vector, "poa")) ? objectsAt(vector, "poa") : [];
  let finalized = 0;
  for (const block of objectsAt(vector, "blocks")) {
    assertEquals(textAt(block, "previous_hash"), previousHash);
    const events = objectsAt(block, "events");
    const header = headerOver(events, headerFields(block));
    assertEquals(header.merkleRoot, textAt(block, "merkle_root"));
    assertEquals(blockHash(header), textAt(block, "hash"));
    const last = events.at(-1);
    if (last !== undefined && textAt(last, "event") === "consensus_finalization") {
      const proof = finalizations[finalized++];
      if (proof !== undefined) checkFinalization(block, events.slice(0, -1), last, proof);
    }
    previousHash = blockHash(header);
  }
  assertEquals(finalized, finalizations.length);
}

function checkFinalization(
  block: PyObject,
  events: PyObject[],
  last: PyObject,
  proof: PyObject,
): void {
  const hash = blockHash(headerOver(events, headerFields(block)));
  assertEquals(hash, textAt(proof, "unfinalized_hash"));
  const details = objectAt(last, "details");
  const chainName = textAt(details, "authority_id");
  const timestamp = numberAt(last, "timestamp");
  const message = authorityMessage(hash, chainName, timestamp);
  assertEquals(new TextDecoder().decode(message), textAt(proof, "signed_utf8"));
  const signature = textAt(proof, "signature_hex");
  assert(verifies(message, textAt(proof, "public_key_hex"), signature));
  const rebuilt = buildFinalizationEvent({
    blockHash: hash,
    chainName,
    timestamp,
    finalizedAt: numberAt(details, "finalized_at"),
    sign: (bytes) => {
      assertEquals(bytes, message);
      return signature;
    },
  });
  assertEquals(writeRestJson(rebuilt), writeRestJson(last));
}

function headerFields(from: PyObject): Omit<BlockHeader, "merkleRoot"> {
  const timestamp = valueAt(from, "timestamp");
  assert(timestamp instanceof PyFloat || typeof timestamp === "number");
  const creator = valueAt(from, "creator_id") ?? null;
  return {
    index: numberAt(from, "index"),
    timestamp,
    previousHash: textAt(from, "previous_hash"),
    nonce: valueAt(from, "nonce") === undefined ? 0 : numberAt(from, "nonce"),
    creatorId: creator === null ? null : textAt(from, "creator_id"),
  };
}

function verifies(message: Uint8Array, publicKeyHex: string, signatureHex: string): boolean {
  // The fixed head of an Ed25519 public key in its standard envelope.
  const der = Uint8Array.fromHex(`302a300506032b6570032100${publicKeyHex}`);
  const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  return verify(null, message, key, Uint8Array.fromHex(signatureHex));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
