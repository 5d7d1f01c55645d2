import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { base58Encode } from "../../../crypto/base58.ts";
import { PUBLIC_WORDS, seedOfWords } from "../../../crypto/words.ts";
import type { KnownAccounts } from "../../../web/ledger.ts";

const ACCOUNTS = 10;

/** Bytes of a seed that a key is made of. */
const KEY_BYTES = 32;

/** DER of a PrivateKeyInfo for Ed25519 (RFC 8410), up to the 32 bytes of the key. */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");

/** Keys of the words that everybody knows: the first of no passphrase, the next of `1`, `2`, … */
export async function knownKeys(): Promise<KnownAccounts> {
  const accounts = Array.from({ length: ACCOUNTS }, async (_, index) => {
    const seed = await seedOfWords(PUBLIC_WORDS, index === 0 ? "" : String(index));
    const privateKey = seed.subarray(0, KEY_BYTES);
    const publicKey = base58Encode(publicKeyOf(privateKey));
    return { address: publicKey, publicKey, privateKey: base58Encode(privateKey) };
  });
  return {
    words: PUBLIC_WORDS,
    derivation: "Ed25519 of mnemonicToSeed(words, n === 0 ? '' : String(n)).slice(0, 32)",
    accounts: await Promise.all(accounts),
  };
}

function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const der = new Uint8Array([...PKCS8_PREFIX, ...privateKey]);
  const key = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(spki.length - KEY_BYTES));
}
