import { KNOWN_DERIVATION, knownKey } from "../../crypto/known_keys.ts";
import { PUBLIC_WORDS } from "../../crypto/words.ts";
import type { KnownAccounts } from "../../web/ledger.ts";

const ACCOUNTS = 10;

/** Senders of signed events: keys of the words that everybody knows. */
export async function knownSenders(): Promise<KnownAccounts> {
  const accounts = Array.from({ length: ACCOUNTS }, async (_, index) => {
    const { publicKey, privateKey } = await knownKey(index);
    const key = `0x${publicKey.toHex()}`;
    return { address: key, publicKey: key, privateKey: `0x${privateKey.toHex()}` };
  });
  return {
    words: PUBLIC_WORDS,
    derivation: KNOWN_DERIVATION,
    accounts: await Promise.all(accounts),
  };
}
