import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { messageToSign } from "../../../src/ledgers/shared_bigchaindb/transaction/signatures.ts";
import { assert, assertEquals } from "@std/assert";
import { isPyObject, valueAt } from "../../../src/python/json.ts";
import { writeRapidJson } from "../../../src/python/json_write.ts";
import { sha3Begun, sha3Hex } from "../../../src/crypto/hash.ts";
import { canonicalTexts } from "../../../src/ledgers/shared_bigchaindb/transaction/canonical.ts";
import { jsonifyBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import { answer, emptyState } from "../shared_bigchaindb/rules.ts";
import { objectsAt, readVectors, textAt } from "../../support/vectors.ts";

const file = readVectors("bigchaindb.json");
const vectors = objectsAt(file, "vectors");

/** Where the original breaks: what is answered instead of its 500. */
const INSTEAD: Readonly<Record<string, string | undefined>> = {
  "x01-subnormal-float": undefined,
  "i05-id-not-hex": "Invalid transaction (InvalidHash): The transaction's id '" + "z".repeat(64) +
    "' isn't equal to the hash of its body, i.e. it's not valid.",
  "i57-details-public-key-bad-base58": "Invalid transaction (ValueError): Invalid character 'I'",
  "i58-details-key-not-32-bytes":
    "Invalid transaction (ValueError): Public key must be 32 bytes, was: 33",
};

Deno.test("canonical texts and their hashes are those of the original", () => {
  for (const vector of objectsAt(file, "canonical_json")) {
    const canonical = writeRapidJson(valueAt(vector, "value") ?? null);
    assertEquals(canonical, textAt(vector, "canonical"));
    assertEquals(sha3Hex(canonical), textAt(vector, "sha3_256"));
  }
});

Deno.test("ids and the messages to sign are made from the same bytes as in the original", () => {
  let count = 0;
  for (const vector of vectors) {
    const tx = valueAt(vector, "tx");
    assert(isPyObject(tx));
    const texts = canonicalTexts(tx);
    assertEquals(texts.forId, valueAt(vector, "canonical_for_id") ?? texts.forId);
    assertEquals(texts.unsigned, valueAt(vector, "canonical_without_signatures") ?? texts.unsigned);
    const digests = valueAt(vector, "signing_digests");
    if (!Array.isArray(digests)) continue;
    objectsAt(tx, "inputs").forEach((input, at) => {
      const fulfills = valueAt(input, "fulfills");
      const outpoint = isPyObject(fulfills)
        ? {
          transactionId: textAt(fulfills, "transaction_id"),
          outputIndex: Number(valueAt(fulfills, "output_index")),
        }
        : undefined;
      assertEquals(hex(messageToSign(sha3Begun(texts.unsigned), outpoint)), digests[at]);
      count++;
    });
  }
  assert(count > 30);
});

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("every vector is answered to the byte as by BigchainDB 2.2.2", async (t) => {
  const state = emptyState();
  for (const vector of vectors) {
    const name = textAt(vector, "name");
    await t.step(name, async () => {
      const tx = valueAt(vector, "tx") ?? null;
      const given = await answer(bigchaindbDialect, tx, state);
      if (given.transaction !== undefined) state.add(given.transaction);
      const message = INSTEAD[name];
      if (message !== undefined) {
        assertEquals(given.body, jsonifyBody({ message, status: 400 }));
        assertEquals(given.status, 400);
      } else if (name in INSTEAD) {
        assertEquals(given.status, 202);
      } else {
        assertEquals(given.body, textAt(vector, "body"));
        assertEquals(given.status, valueAt(vector, "status"));
      }
    });
  }
});
