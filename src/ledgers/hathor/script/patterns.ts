import {
  AddressError,
  type AddressVersions,
  decodeNetworkAddress,
  hashOfAddress,
  multisigAddress,
  p2pkhAddress,
} from "../networks/address.ts";
import type { Network } from "../networks/network.ts";
import { LONGEST_SHORT_PUSH, Op } from "./opcodes.ts";

/** A script that pays to an address. */
export interface AddressScript {
  readonly type: "P2PKH" | "MultiSig";
  /** Hash of the key, or of the redeem script. */
  readonly hash: Uint8Array;
  /** The output cannot be spent up to and including this timestamp. */
  readonly timelock: number | undefined;
}

const HASH_SIZE = 20;
const TIMELOCK_SIZE = 4;

/** What a script that pays to an address says; undefined for any other script. */
export function parseAddressScript(script: Uint8Array): AddressScript | undefined {
  const lock = readSizedPush(script, 0, TIMELOCK_SIZE);
  const isLocked = lock !== undefined && script[lock.end] === Op.greaterThanTimestamp;
  const start = isLocked ? lock.end + 1 : 0;
  const timelock = isLocked ? u32Of(lock.data) : undefined;
  return parseP2pkh(script, start, timelock) ?? parseMultisig(script, start, timelock);
}

function parseP2pkh(
  script: Uint8Array,
  start: number,
  timelock: number | undefined,
): AddressScript | undefined {
  if (script[start] !== Op.dup || script[start + 1] !== Op.hash160) return undefined;
  const push = readSizedPush(script, start + 2, HASH_SIZE);
  if (push === undefined || script[push.end] !== Op.equalVerify) return undefined;
  if (script[push.end + 1] !== Op.checkSig || !isEnd(script, push.end + 2)) return undefined;
  return { type: "P2PKH", hash: push.data, timelock };
}

function parseMultisig(
  script: Uint8Array,
  start: number,
  timelock: number | undefined,
): AddressScript | undefined {
  if (script[start] !== Op.hash160) return undefined;
  const push = readSizedPush(script, start + 1, HASH_SIZE);
  if (push === undefined || script[push.end] !== Op.equal) return undefined;
  if (!isEnd(script, push.end + 1)) return undefined;
  return { type: "MultiSig", hash: push.data, timelock };
}

/** A push of exactly `size` bytes, in either of its two forms. */
function readSizedPush(
  script: Uint8Array,
  at: number,
  size: number,
): { data: Uint8Array; end: number } | undefined {
  const isLongForm = script[at] === Op.pushData1;
  const start = isLongForm ? at + 2 : at + 1;
  if (script[start - 1] !== size || start + size > script.length) return undefined;
  return { data: script.subarray(start, start + size), end: start + size };
}

/** The reference node matches with a regular expression whose `$` lets one line feed follow. */
function isEnd(script: Uint8Array, at: number): boolean {
  return at === script.length || (at === script.length - 1 && script[at] === 0x0a);
}

function u32Of(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** The address that a script pays to, as text; undefined for any other script. */
export function addressOfScript(
  network: AddressVersions,
  script: Uint8Array,
): string | undefined {
  const parsed = parseAddressScript(script);
  return parsed === undefined ? undefined : addressTextOf(network, parsed);
}

export function addressTextOf(network: AddressVersions, { type, hash }: AddressScript): string {
  return type === "P2PKH" ? p2pkhAddress(network, hash) : multisigAddress(network, hash);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Whether a script only keeps text, and nobody can spend it: one push that is the whole script but
 * for a last OP_CHECKSIG.
 */
export function isDataScript(script: Uint8Array): boolean {
  const [first, second] = script;
  if (first === undefined || second === undefined) return false;
  const expected = first === Op.pushData1 ? second + 3 : first + 2;
  if (script.length !== expected || script.at(-1) !== Op.checkSig) return false;
  // The reference node takes any first byte above 75 for the long form when it looks at the text.
  const [start, length] = first > LONGEST_SHORT_PUSH ? [2, second] : [1, first];
  try {
    UTF8.decode(script.subarray(start, start + length));
    return true;
  } catch {
    return false;
  }
}

/** A script that puts `parts` one after another: bytes are pushed, numbers are opcodes. */
export function buildScript(parts: readonly (Uint8Array | number)[]): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) {
    if (typeof part === "number") bytes.push(part);
    else if (part.length <= LONGEST_SHORT_PUSH) bytes.push(part.length, ...part);
    else bytes.push(Op.pushData1, part.length, ...part);
  }
  return Uint8Array.from(bytes);
}

/** The script that pays to the 25 bytes of an address of the network; undefined for another's. */
export function scriptOfAddress(
  network: Network,
  address: Uint8Array,
  timelock?: number,
): Uint8Array | undefined {
  const hash = hashOfAddress(address);
  const lock = timelock === undefined ? [] : [u32Bytes(timelock), Op.greaterThanTimestamp];
  switch (address[0]) {
    case network.p2pkhVersionByte:
      return buildScript([...lock, Op.dup, Op.hash160, hash, Op.equalVerify, Op.checkSig]);
    case network.multisigVersionByte:
      return buildScript([...lock, Op.hash160, hash, Op.equal]);
    default:
      return undefined;
  }
}

/**
 * The script that pays to an address, of which the network is the one that it is used in.
 *
 * @throws {AddressError} as {@linkcode decodeNetworkAddress}
 */
export function payingScript(network: Network, address: string): Uint8Array {
  const script = scriptOfAddress(network, decodeNetworkAddress(network, address));
  if (script === undefined) throw new AddressError("Invalid address version byte");
  return script;
}

/** The script that pays to a key that nobody has. */
export function scriptOfNobody(network: Network): Uint8Array {
  return payingScript(network, p2pkhAddress(network, new Uint8Array(HASH_SIZE)));
}

function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
