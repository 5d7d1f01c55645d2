import { assert, assertEquals } from "@std/assert";
import { verifyEcdsaSpki } from "../../src/crypto/ecdsa_spki.ts";
import { readCases } from "../support/recorded_answers.ts";

interface SignedCase {
  readonly body: string;
  readonly signed?: string;
  readonly status: number;
}

/** Keys in DER with what they signed, as Python's cryptography made them, by their lengths. */
function vectors() {
  return readCases<SignedCase>("hierachain_secure.json").flatMap(({ body, signed, status }) => {
    if (signed === undefined || status !== 200 || !body.includes('"sender": "0x30')) return [];
    const { sender, signature } = JSON.parse(body);
    const [key, mark] = [sender, signature].map((hex) => Uint8Array.fromHex(hex.slice(2)));
    return key === undefined || mark === undefined
      ? []
      : [{ key, mark, message: new TextEncoder().encode(signed) }];
  });
}

Deno.test("ECDSA of each curve is verified, and nothing else is", () => {
  const all = vectors();
  // secp256k1, P-256, P-384, P-521, P-224
  assertEquals(all.map(({ key }) => key.length), [88, 91, 120, 158, 80]);
  for (const { key, mark, message } of all) {
    assert(verifyEcdsaSpki(key, message, mark));
    assert(!verifyEcdsaSpki(key, message.subarray(1), mark));
    assert(!verifyEcdsaSpki(key, message, mark.subarray(1)));
    assert(!verifyEcdsaSpki(key, message, new Uint8Array()));
    assert(!verifyEcdsaSpki(key.subarray(0, -1), message, mark));
    // Another point, or none.
    assert(!verifyEcdsaSpki(key.with(-1, (key.at(-1) ?? 0) ^ 1), message, mark));
    for (const other of all) {
      if (other.key !== key) assert(!verifyEcdsaSpki(other.key, message, mark));
    }
  }
  assert(!verifyEcdsaSpki(new Uint8Array(), new Uint8Array(), new Uint8Array()));
});
