import { HDKey } from "@scure/bip32";
import { createHmac, pbkdf2Sync } from "node:crypto";
import { hash160 } from "../../../../src/crypto/bitcoin_hash.ts";
import { writeEcdsaDer } from "../../../../src/crypto/ecdsa_der.ts";
import { sha256 } from "../../../../src/crypto/hash.ts";
import { p2pkhAddress } from "../../../../src/ledgers/hathor/networks/address.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { buildScript } from "../../../../src/ledgers/hathor/script/patterns.ts";

/** The well-known words of the private network's genesis: they were the recordings', too. */
const WORDS = "avocado spot town typical traffic vault danger century property shallow divorce " +
  "festival spend attack anchor afford rotate green audit adjust fade wagon depart level";

const HARDENED = 0x80000000;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** Addresses of each account that the recordings may use. */
const ADDRESSES = 12;

/** `m/44'/280'` of the words. */
const coin = HDKey.fromMasterSeed(pbkdf2Sync(WORDS, "mnemonic", 2048, 64, "sha512"))
  .derive("m/44'/280'");

/** `0'/0` below that as the library of wallets derives it. */
export const walletAccount = leanChild(coin).deriveChild(0);

/** The same as BIP 32 has it, and with it the node's own wallet. */
export const nodeAccount = coin.deriveChild(HARDENED).deriveChild(0);

/** The first hardened child as bitcore makes it, which leaves out leading zeros of the key. */
function leanChild({ privateKey, chainCode }: HDKey): HDKey {
  const [key, code] = [bytesOf(privateKey), bytesOf(chainCode)];
  const lean = key.subarray(key.findIndex((byte) => byte !== 0));
  const data = new Uint8Array([0, ...lean, HARDENED >>> 24, 0, 0, 0]);
  const mac = new Uint8Array(createHmac("sha512", code).update(data).digest());
  const sum = (numberOf(mac.subarray(0, 32)) + numberOf(key)) % ORDER;
  const child = Uint8Array.fromHex(sum.toString(16).padStart(64, "0"));
  return new HDKey({ privateKey: child, chainCode: mac.slice(32) });
}

/** Signs with the key of any recorded address. */
export class Signer {
  readonly #keys: ReadonlyMap<string, HDKey>;

  constructor(network: Network) {
    const keys = [walletAccount, nodeAccount].flatMap((account) =>
      Array.from({ length: ADDRESSES }, (_, index) => account.deriveChild(index))
    );
    this.#keys = new Map(
      keys.map((key) => [p2pkhAddress(network, hash160(bytesOf(key.publicKey))), key]),
    );
  }

  /** What an input says that spends what was paid to an address. */
  sign(address: string, sighash: Uint8Array): Uint8Array {
    const key = this.#keys.get(address);
    if (key === undefined) throw new RangeError(`no key of ${address}`);
    const signature = key.sign(sha256(sighash));
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32, 64)].map(numberOf);
    const der = writeEcdsaDer({ r: r ?? 0n, s: s ?? 0n });
    return buildScript([der, bytesOf(key.publicKey)]);
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

/** A key that was made of words has all its parts. */
function bytesOf(part: Uint8Array | null): Uint8Array {
  if (part === null) throw new TypeError("a key without this part");
  return part;
}
