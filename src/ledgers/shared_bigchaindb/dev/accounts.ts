import type { Chain } from "../../../log/chain.ts";
import { base58Encode } from "../../../crypto/base58.ts";
import { KNOWN_DERIVATION, knownKey } from "../../../crypto/known_keys.ts";
import { PUBLIC_WORDS } from "../../../crypto/words.ts";
import type { KnownAccounts } from "../../../web/ledger.ts";
import { ownedPrefix } from "../chain/rows.ts";

const ACCOUNTS = 10;

/** Outputs of an account that are counted. */
const MOST_COUNTED = 1_000;

/** How many outputs a key could spend, in words. */
export async function unspentOf(chain: Chain, publicKey: string): Promise<string> {
  const { length } = await chain.rows(ownedPrefix(publicKey, false), MOST_COUNTED);
  return `${length}${length === MOST_COUNTED ? " or more" : ""} unspent outputs`;
}

/** Keys of the words that everybody knows, and what each has. */
export async function knownKeys(
  balanceOf: (publicKey: string) => Promise<string>,
): Promise<KnownAccounts> {
  const accounts = Array.from({ length: ACCOUNTS }, async (_, index) => {
    const key = await knownKey(index);
    const publicKey = base58Encode(key.publicKey);
    const balance = await balanceOf(publicKey);
    return { address: publicKey, publicKey, privateKey: base58Encode(key.privateKey), balance };
  });
  return {
    words: PUBLIC_WORDS,
    derivation: KNOWN_DERIVATION,
    accounts: await Promise.all(accounts),
  };
}
