import { base58Decode, base58Encode, Base58LengthError } from "../../../crypto/base58.ts";
import { base58CheckEncode, hasValidChecksum } from "../../../crypto/base58check.ts";
import { hash160 } from "../../../crypto/bitcoin_hash.ts";
import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { concatBytes } from "../../../kernel/concat.ts";
import type { HdPublicKey } from "../../../crypto/hd_public_key.ts";
import { ADDRESS_SIZE } from "../vertex/sizes.ts";
import type { Network } from "./network.ts";

/** The length of every address of every network, in characters. */
export const ADDRESS_LENGTH = 34;

const HASH_END = 21;

/** What an address of a network begins with. */
export type AddressVersions = Pick<Network, "p2pkhVersionByte" | "multisigVersionByte">;

/** Text that is no address, or none of this network; the message is the reference node's. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

/** What is said of a text that is no address: what is longer than one may be a secret. */
export function invalidAddress(text: string): string {
  return text.length > ADDRESS_LENGTH ? "The address is invalid" : `The address ${text} is invalid`;
}

/**
 * The 25 bytes of an address of any network.
 *
 * @throws {AddressError} no base58, not 25 bytes, or a wrong checksum
 */
export function decodeAddress(text: string): Uint8Array {
  const bytes = base58Bytes(text);
  if (bytes.length !== ADDRESS_SIZE) throw new AddressError("Address size must have 25 bytes");
  if (!hasValidChecksum(bytes)) throw new AddressError("Invalid checksum of address");
  return bytes;
}

/**
 * The 25 bytes of an address that can be used in a network.
 *
 * @throws {AddressError} as {@linkcode decodeAddress}, or an address of another network
 */
export function decodeNetworkAddress(network: Network, text: string): Uint8Array {
  if (text.length !== ADDRESS_LENGTH) {
    throw new AddressError(`Address size must have ${ADDRESS_LENGTH} characters`);
  }
  const bytes = decodeAddress(text);
  if (bytes[0] !== network.p2pkhVersionByte && bytes[0] !== network.multisigVersionByte) {
    throw new AddressError("Invalid address version byte");
  }
  return bytes;
}

/** The bytes of a text; of one that is longer than any address none. */
function base58Bytes(text: string): Uint8Array {
  try {
    return base58Decode(text);
  } catch (error) {
    if (error instanceof Base58LengthError) return new Uint8Array();
    throw new AddressError("Invalid base58 address");
  }
}

/** The 20 bytes that an address stands for: the hash of a key, or of a redeem script. */
export function hashOfAddress(address: Uint8Array): Uint8Array {
  return address.subarray(1, HASH_END);
}

/** The text of an address's bytes. */
export function encodeAddress(address: Uint8Array): string {
  return base58Encode(address);
}

/** The address that the key of this hash spends from. */
export function p2pkhAddress(network: AddressVersions, keyHash: Uint8Array): string {
  return addressText(network.p2pkhVersionByte, keyHash);
}

/** The address that the redeem script of this hash spends from. */
export function multisigAddress(network: AddressVersions, scriptHash: Uint8Array): string {
  return addressText(network.multisigVersionByte, scriptHash);
}

/** The address of a compressed public key. */
export function addressOfKey(network: Network, compressed: Uint8Array): string {
  return p2pkhAddress(network, hash160(compressed));
}

/** The address at an index of a wallet whose account's extended public key this is. */
export function addressAt(network: Network, xpub: HdPublicKey, index: number): string {
  return addressOfKey(network, xpub.childKey(index));
}

/** Encoded addresses: the same few are told again and again, and each takes two hashes. */
const KNOWN = new BoundedCache<string, string>(8192);

function addressText(version: number, hash: Uint8Array): string {
  return KNOWN.get(`${version} ${hash.toHex()}`, () => (
    base58CheckEncode(concatBytes(Uint8Array.of(version), hash))
  ));
}
