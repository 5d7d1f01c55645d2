import { hash160 } from "../../../crypto/bitcoin_hash.ts";
import { isSecp256k1Signature, secp256k1Key } from "../../../crypto/secp256k1.ts";
import { isRightClaim } from "../../../crypto/signatures_ahead.ts";
import { itemBytes, type Machine, need, pop, popBytes, type ScriptOperation } from "./machine.ts";
import { Op } from "./opcodes.ts";
import type { StackItem } from "./read_operation.ts";
import { scriptError, scriptFailure } from "./script_error.ts";

/** What the opcodes that always count do. */
export const OPERATIONS: Readonly<Record<number, ScriptOperation>> = {
  [Op.dup](machine) {
    need(machine, "OP_DUP", 1);
    const top = pop(machine);
    machine.stack.push(top, top);
  },
  [Op.equal]: equal,
  [Op.equalVerify](machine) {
    need(machine, "OP_EQUALVERIFY", 2);
    equal(machine);
    if (pop(machine) !== 1) throw scriptError("Failed to verify if elements are equal");
  },
  [Op.hash160](machine) {
    need(machine, "OP_HASH160", 1);
    machine.stack.push(hash160(popBytes(machine)));
  },
  [Op.greaterThanTimestamp]: greaterThanTimestamp,
  [Op.checkSig](machine) {
    need(machine, "OP_CHECKSIG", 2);
    const key = popBytes(machine);
    const signature = popBytes(machine);
    machine.stack.push(checkSignature(machine, signature, key));
  },
  [Op.checkMultisig](machine) {
    const { keys, signatures } = popMultisig(machine);
    machine.stack.push(checkMultisig(machine, signatures, keys));
  },
};

function equal(machine: Machine): void {
  need(machine, "OP_EQUAL", 2);
  const a = popBytes(machine);
  const b = popBytes(machine);
  const isEqual = a.length === b.length && a.every((byte, at) => byte === b[at]);
  if (!isEqual) {
    machine.log.push(`OP_EQUAL: failed. elements: ${a.toHex()} ${b.toHex()}`);
  }
  machine.stack.push(isEqual ? 1 : 0);
}

function greaterThanTimestamp(machine: Machine): void {
  need(machine, "OP_GREATERTHAN_TIMESTAMP", 1);
  const bytes = popBytes(machine);
  if (bytes.length !== 4) throw scriptFailure("a timestamp of four bytes is expected");
  const lock = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (machine.context.timestamp > lock) return;
  throw scriptError(`The output is locked until ${dateText(lock)}`);
}

/** `11/22/2026 02:41:37 AM`, in UTC: the reference node prints its local time. */
function dateText(seconds: number): string {
  const time = new Date(seconds * 1000);
  const hour = time.getUTCHours();
  const date = [time.getUTCMonth() + 1, time.getUTCDate()].map(twoDigits).join("/");
  const clock = [hour % 12 || 12, time.getUTCMinutes(), time.getUTCSeconds()].map(twoDigits);
  return `${date}/${time.getUTCFullYear()} ${clock.join(":")} ${hour < 12 ? "AM" : "PM"}`;
}

function twoDigits(number: number): string {
  return `${number}`.padStart(2, "0");
}

/** 1 for a signature of the transaction by this key, 0 and a line in the log for another. */
function checkSignature(machine: Machine, signature: Uint8Array, key: Uint8Array): 0 | 1 {
  const data = machine.context.sighash;
  const verify = () => isSecp256k1Signature(signature, data, compressedKey("OP_CHECKSIG", key));
  if (isRightClaim({ signature, data, key }, verify)) return 1;
  machine.log.push("OP_CHECKSIG: failed");
  return 0;
}

/** The key of a compressed point, or the reference node's words about what is none. */
export function compressedKey(name: string, bytes: Uint8Array) {
  if (bytes[0] !== 2 && bytes[0] !== 3) {
    throw scriptError(`${name}: pubkey is not a compressed public key`);
  }
  const key = secp256k1Key(bytes);
  if (key === undefined) throw scriptError(`${name}: pubkey is not a public key`);
  return key;
}

interface MultisigItems {
  /** From the last to the first, as is each of `signatures`. */
  readonly keys: readonly StackItem[];
  readonly signatures: readonly StackItem[];
}

const MULTISIG = "OP_CHECKMULTISIG";

function popMultisig(machine: Machine): MultisigItems {
  const { stack, context: { network } } = machine;
  need(machine, MULTISIG, 1);
  const keyCount = popCount(machine, "pubkey count", "pubkey count", network.maxMultisigPubkeys);
  if (stack.length < keyCount) {
    throw scriptError(`${MULTISIG}: not enough public keys on the stack`);
  }
  const keys = popMany(machine, keyCount);
  if (stack.length === 0) throw scriptError(`${MULTISIG}: less elements than should on the stack`);
  const most = network.maxMultisigSignatures;
  const signatureCount = popCount(machine, "signatures count", "signature count", most);
  if (stack.length < signatureCount) {
    throw scriptError(`${MULTISIG}: not enough signatures on the stack`);
  }
  return { keys, signatures: popMany(machine, signatureCount) };
}

/** Takes a number of at most `most`; the reference node has two names for it. */
function popCount(machine: Machine, name: string, limitName: string, most: number): number {
  const count = pop(machine);
  if (typeof count !== "number") throw scriptError(`${MULTISIG}: ${name} should be an integer`);
  if (count > most) {
    throw scriptError(`${MULTISIG}: ${limitName} (${count}) exceeded the limit (${most})`);
  }
  return count;
}

function popMany(machine: Machine, count: number): StackItem[] {
  return Array.from({ length: count }, () => pop(machine));
}

/** 1 if every signature is by one of the keys, in the keys' order. */
function checkMultisig(
  machine: Machine,
  signatures: readonly StackItem[],
  keys: readonly StackItem[],
): 0 | 1 {
  let next = 0;
  for (const signature of signatures) {
    let isFound = false;
    while (!isFound) {
      const key = keys[next++];
      if (key === undefined) return 0;
      isFound = checkSignature(machine, itemBytes(signature), itemBytes(key)) === 1;
    }
  }
  return 1;
}
