import { planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import { assertEquals } from "@std/assert";
import { isPyObject, valueAt } from "../../../src/python/json.ts";
import { canonicalTexts } from "../../../src/ledgers/shared_bigchaindb/transaction/canonical.ts";
import { jsonifyBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import type { StateView } from "../../../src/ledgers/shared_bigchaindb/rules/state.ts";
import { answer, emptyState } from "../shared_bigchaindb/rules.ts";
import { objectsAt, readVectors, textAt } from "../../support/vectors.ts";

const vectors = objectsAt(readVectors("planetmint.json"), "vectors");

/** Where the original breaks or forgets to look: what is answered instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  "q01-v3-asset-not-cid":
    "Invalid transaction (InvalidSignature): Transaction signature is invalid.",
  "q06-v3-metadata-not-cid":
    "Invalid transaction (InvalidSignature): Transaction signature is invalid.",
  "q11-operation-unknown": "Invalid transaction schema: Operation type does not exist.",
};

Deno.test("ids and messages are made from the same bytes as in the original", () => {
  for (const vector of vectors) {
    const tx = valueAt(vector, "tx");
    if (!isPyObject(tx)) continue;
    const texts = canonicalTexts(tx);
    assertEquals(texts.forId, valueAt(vector, "canonical_for_id") ?? texts.forId);
    assertEquals(texts.unsigned, valueAt(vector, "canonical_without_signatures") ?? texts.unsigned);
  }
});

Deno.test("every vector is answered to the byte as by Planetmint 2.5.3", async (t) => {
  const state = emptyState();
  // The original was asked without a database behind it: there nothing is ever spent or known.
  const forgetful: StateView = {
    transaction: (id) => state.transaction(id),
    isSpent: () => false,
    validators: () => [],
  };
  for (const vector of vectors) {
    const name = textAt(vector, "name");
    await t.step(name, async () => {
      const tx = valueAt(vector, "tx") ?? null;
      const given = await answer(planetmintDialect, tx, forgetful);
      if (given.transaction !== undefined) state.add(given.transaction);
      const message = INSTEAD[name];
      if (message !== undefined) {
        assertEquals(given.body, jsonifyBody({ message, status: 400 }));
      } else {
        assertEquals(given.body, textAt(vector, "post_body"));
        assertEquals(given.status, valueAt(vector, "post_status"));
      }
    });
  }
});
