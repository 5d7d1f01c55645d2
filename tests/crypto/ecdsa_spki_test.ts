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

interface KeyCase {
  readonly curve: string;
  readonly kind: "plain" | "compressed" | "hybrid";
  readonly key: string;
  readonly message: string;
  readonly signature: string;
}

Deno.test("a key is taken of every curve over a prime, in every form, that Python's cryptography takes", () => {
  const cases = readCases<KeyCase>("ecdsa_keys.json");
  assertEquals(new Set(cases.map(({ curve }) => curve)).size, 9);
  for (const { curve, kind, message: text, ...hex } of cases) {
    const message = new TextEncoder().encode(text);
    const [key, mark] = [Uint8Array.fromHex(hex.key), Uint8Array.fromHex(hex.signature)];
    const what = `${kind} key of ${curve}`;
    assert(verifyEcdsaSpki(key, message, mark), what);
    assert(!verifyEcdsaSpki(key, message.subarray(1), mark), what);
    assert(!verifyEcdsaSpki(key, message, new Uint8Array([...mark, 0])), what);
    assert(!verifyEcdsaSpki(new Uint8Array([...key, 0]), message, mark), what);
    assert(!verifyEcdsaSpki(key.subarray(0, -1), message, mark), what);
    // Another point, or none. A hybrid one that is of the other half is none either.
    const last = key.at(-1) ?? 0;
    for (const bit of [1, 2]) {
      assert(!verifyEcdsaSpki(key.with(-1, last ^ bit), message, mark), what);
    }
    const form = key.findIndex((byte, at) => byte === 0 && at > 15) + 1;
    for (const other of [0, 1, 5, 8, (key[form] ?? 0) ^ 1]) {
      assert(!verifyEcdsaSpki(key.with(form, other), message, mark), `${what}, form ${other}`);
    }
  }
});
