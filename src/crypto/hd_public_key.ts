import { HDKey } from "@scure/bip32";

/** A public key of BIP 32 that can make its children. */
export interface HdPublicKey {
  /** The compressed key of the non-hardened child at `index`, 0 to 2^31-1. */
  childKey(index: number): Uint8Array;
}

/** Reads an extended public key (`xpub…`); undefined for any other text. */
export function parseXpub(text: string): HdPublicKey | undefined {
  let parent: HDKey;
  try {
    parent = HDKey.fromExtendedKey(text);
  } catch {
    return undefined;
  }
  // A private extended key is not what the caller asked for, and must not be worked with.
  if (parent.privateKey !== null) return undefined;
  return { childKey: (index) => publicKeyOf(parent.deriveChild(index)) };
}

function publicKeyOf(key: HDKey): Uint8Array {
  if (key.publicKey === null) throw new TypeError("a derived key has a public key");
  return key.publicKey;
}
