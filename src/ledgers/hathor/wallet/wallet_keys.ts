import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english";
import { writeEcdsaDer } from "../../../crypto/ecdsa_der.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { buildScript } from "../script/patterns.ts";
import { sighashOf } from "../vertex/sighash.ts";
import type { TokenCreationFields, TransactionFields } from "../vertex/vertex.ts";

/** Where the original's own wallet has its keys: the wallets of people are elsewhere for some words. */
const PATH = "m/44'/280'/0'/0";

/** Bytes of each number of a signature. */
const NUMBER_SIZE = 32;

/** What a wallet is made of. */
export interface WalletWords {
  readonly words: string;
  /** As BIP 39 has it; empty for most. */
  readonly passphrase: string;
}

/** Words with one space between them. */
export function plainWords(text: string): string {
  return text.trim().split(/\s+/).join(" ");
}

/** Whether words are a wallet's: 12 to 24 of the English list, with their checksum. */
export function areWords(words: string): boolean {
  return validateMnemonic(words, wordlist);
}

/** The private keys of a wallet of words, derived as BIP 32 says and hathor-core's HD wallet does. */
export class WalletKeys {
  readonly #account: HDKey;

  constructor({ words, passphrase }: WalletWords) {
    this.#account = HDKey.fromMasterSeed(mnemonicToSeedSync(words, passphrase)).derive(PATH);
  }

  /** The public part of which all addresses are made. */
  get xpub(): string {
    return this.#account.publicExtendedKey;
  }

  /** What an input says that spends what was paid to the address of a key, by its index. */
  inputData(index: number, sighash: Uint8Array): Uint8Array {
    return inputDataOf(this.#account.deriveChild(index), sighash);
  }

  /** Makes them of no more use. */
  wipe(): void {
    this.#account.wipePrivateData();
  }
}

/** A transaction whose inputs all spend what was paid to the address of a key. */
export function signedBy<T extends TransactionFields | TokenCreationFields>(key: HDKey, tx: T): T {
  const data = inputDataOf(key, sighashOf(tx));
  return { ...tx, inputs: tx.inputs.map((input) => ({ ...input, data })) };
}

/** What an input says that spends what was paid to the address of a key. */
function inputDataOf(key: HDKey, sighash: Uint8Array): Uint8Array {
  // A key that was made of words has all its parts.
  if (key.publicKey === null) throw new TypeError("a key without its public part");
  const signature = key.sign(sha256(sighash));
  const [r, s] = [signature.subarray(0, NUMBER_SIZE), signature.subarray(NUMBER_SIZE)];
  return buildScript([writeEcdsaDer({ r: numberOf(r), s: numberOf(s) }), key.publicKey]);
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}
