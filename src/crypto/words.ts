import { pbkdf2 } from "node:crypto";

/** As BIP 39 has them. */
const ROUNDS = 2048;
const SEED_BYTES = 64;

/**
 * The 64 bytes of a wallet's words (BIP 39). The words are not looked up: those of a ledger's
 * genesis may be any.
 */
export function seedOfWords(words: string, passphrase = ""): Promise<Uint8Array> {
  return new Promise((resolve, reject) =>
    pbkdf2(words, `mnemonic${passphrase}`, ROUNDS, SEED_BYTES, "sha512", (error, seed) => {
      if (error === null) resolve(new Uint8Array(seed));
      else reject(error);
    })
  );
}

/** The words of the genesis of Hathor's private network, which its own documents publish. */
export const PUBLIC_WORDS =
  "avocado spot town typical traffic vault danger century property shallow divorce festival spend " +
  "attack anchor afford rotate green audit adjust fade wagon depart level";
