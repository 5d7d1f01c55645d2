import type { SignatureClaim } from "../../../crypto/signature_batch.ts";
import { sighashOf } from "../vertex/sighash.ts";
import type { Transaction } from "../vertex/vertex.ts";
import { LONGEST_SHORT_PUSH, Op } from "./opcodes.ts";

const KEY_SIZE = 33;

/**
 * What the inputs of a transaction claim that spend as wallets do, by a signature and its key,
 * whatever the scripts of what they spend will say. Which key of several a signature is by is known
 * only by trying, so those of MultiSig are not among them.
 */
export function spendClaims(tx: Transaction): SignatureClaim[] {
  const spends = tx.inputs.flatMap(({ data }) => signatureAndKey(data) ?? []);
  if (spends.length === 0) return [];
  const sighash = sighashOf(tx);
  return spends.map((spend) => ({ ...spend, data: sighash }));
}

function signatureAndKey(data: Uint8Array): Omit<SignatureClaim, "data"> | undefined {
  const signature = pushAt(data, 0);
  if (signature === undefined) return undefined;
  const key = pushAt(data, signature.end);
  if (key === undefined || key.end !== data.length) return undefined;
  const isCompressed = key.bytes.length === KEY_SIZE && (key.bytes[0] === 2 || key.bytes[0] === 3);
  return isCompressed ? { signature: signature.bytes, key: key.bytes } : undefined;
}

/** The bytes that an operation pushes, in either of the two forms; undefined for anything else. */
function pushAt(script: Uint8Array, at: number): { bytes: Uint8Array; end: number } | undefined {
  const opcode = script[at] ?? 0;
  const isLongForm = opcode === Op.pushData1;
  if (!isLongForm && opcode > LONGEST_SHORT_PUSH) return undefined;
  const start = isLongForm ? at + 2 : at + 1;
  const end = start + (script[start - 1] ?? 0);
  return end > script.length ? undefined : { bytes: script.subarray(start, end), end };
}
