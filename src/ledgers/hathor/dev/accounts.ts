import { HDKey } from "@scure/bip32";
import { createHmac } from "node:crypto";
import { PUBLIC_WORDS, seedOfWords } from "../../../crypto/words.ts";
import type { ReadRows } from "../../../log/projection.ts";
import type { KnownAccounts } from "../../../web/ledger.ts";
import { addressOfKey } from "../networks/address.ts";
import type { Network } from "../networks/network.ts";
import { PRIVATENET } from "../networks/privatenet.ts";
import { type AddressRow, addressRow } from "../rows/rows.ts";
import { payingScript } from "../script/patterns.ts";

const HARDENED = 0x80000000;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ACCOUNTS = 10;

/** Which address of the wallet has the genesis. */
const GENESIS_INDEX = 1;
const KEY_BYTES = 32;

/** Whether a network's genesis belongs to the words that everybody knows. */
export function isGenesisOfWords({ genesis }: Network): boolean {
  return genesis.outputScript.toHex() === PRIVATENET.GENESIS_OUTPUT_SCRIPT;
}

/** The first addresses of the wallet of the genesis, as wallets derive them. */
export async function genesisAccounts(network: Network, rows: ReadRows): Promise<KnownAccounts> {
  const account = firstAccount(await coinKey()).deriveChild(0);
  const accounts = Array.from({ length: ACCOUNTS }, async (_, index) => {
    const { privateKey, publicKey } = account.deriveChild(index);
    const key = bytesOf(publicKey);
    const address = addressOfKey(network, key);
    const script = payingScript(network, address);
    const hasGenesis = script.toHex() === network.genesis.outputScript.toHex();
    return {
      address,
      publicKey: key.toHex(),
      privateKey: bytesOf(privateKey).toHex(),
      balance: coins(await balanceOf(address, rows)),
      ...(hasGenesis ? { holds: `${coins(network.genesis.amount)} from the genesis` } : {}),
    };
  });
  return {
    words: PUBLIC_WORDS,
    derivation: "m/44'/280'/0'/0/n, as wallets derive it",
    accounts: await Promise.all(accounts),
  };
}

async function balanceOf(address: string, rows: ReadRows): Promise<bigint> {
  const { received = "0", spent = "0" } = await rows.get<AddressRow>(addressRow(address)) ?? {};
  return BigInt(received) - BigInt(spent);
}

/** The key of the address that has the genesis. */
export async function genesisKey(): Promise<HDKey> {
  return firstAccount(await coinKey()).deriveChild(0).deriveChild(GENESIS_INDEX);
}

/** The key of an address of another account, in which no wallet of these words looks. */
export async function faucetKey(): Promise<HDKey> {
  return (await coinKey()).derive("m/1'/0/0");
}

/** The keys of all addresses that are made of the words here, by address. */
export async function knownAddresses(network: Network): Promise<ReadonlyMap<string, HDKey>> {
  const account = firstAccount(await coinKey()).deriveChild(0);
  const keys = Array.from({ length: ACCOUNTS }, (_, index) => account.deriveChild(index));
  return new Map(
    [...keys, await faucetKey()].map((key) => [addressOfKey(network, bytesOf(key.publicKey)), key]),
  );
}

async function coinKey(): Promise<HDKey> {
  return HDKey.fromMasterSeed(await seedOfWords(PUBLIC_WORDS)).derive("m/44'/280'");
}

/**
 * `0'` below a coin as the library of wallets makes it, which leaves out leading zeros of the key
 * where BIP 32 keeps them. The key of these words begins with one.
 */
function firstAccount({ privateKey, chainCode }: HDKey): HDKey {
  const [key, code] = [bytesOf(privateKey), bytesOf(chainCode)];
  const lean = key.subarray(key.findIndex((byte) => byte !== 0));
  const data = new Uint8Array([0, ...lean, HARDENED >>> 24, 0, 0, 0]);
  const mac = new Uint8Array(createHmac("sha512", code).update(data).digest());
  const sum = (numberOf(mac.subarray(0, KEY_BYTES)) + numberOf(key)) % ORDER;
  const child = Uint8Array.fromHex(sum.toString(16).padStart(2 * KEY_BYTES, "0"));
  return new HDKey({ privateKey: child, chainCode: mac.slice(KEY_BYTES) });
}

/** An amount as people write it. */
function coins(amount: bigint): string {
  const cents = amount % 100n;
  return `${(amount / 100n).toLocaleString("en")}.${cents.toString().padStart(2, "0")} HTR`;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

/** A key that was made of words has all its parts. */
export function bytesOf(part: Uint8Array | null): Uint8Array {
  if (part === null) throw new TypeError("a key without this part");
  return part;
}
