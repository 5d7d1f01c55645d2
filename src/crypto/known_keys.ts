import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { PUBLIC_WORDS, seedOfWords } from "./words.ts";

/** Bytes of a seed that a key is made of. */
const KEY_BYTES = 32;

/** DER of a PrivateKeyInfo for Ed25519 (RFC 8410), up to the 32 bytes of the key. */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");

/** How a key is made of words, for whoever makes it with a library of his own. */
export const KNOWN_DERIVATION =
  "Ed25519 of mnemonicToSeed(words, n === 0 ? '' : String(n)).slice(0, 32)";

/** A key for signatures of Ed25519, its halves of 32 bytes each. */
export interface KnownKey {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A key of the words that everybody knows: the first of no passphrase, the next of `1`, `2`, … */
export async function knownKey(index: number): Promise<KnownKey> {
  const seed = await seedOfWords(PUBLIC_WORDS, index === 0 ? "" : String(index));
  const privateKey = seed.slice(0, KEY_BYTES);
  const spki = createPublicKey(signingKey(privateKey)).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: new Uint8Array(spki.subarray(spki.length - KEY_BYTES)) };
}

/** A private key of 32 bytes as the runtime signs with it. */
export function signingKey(privateKey: Uint8Array) {
  const der = new Uint8Array([...PKCS8_PREFIX, ...privateKey]);
  return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
}
