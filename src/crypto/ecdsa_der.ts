/** The numbers r and s of an ECDSA signature. */
export interface EcdsaNumbers {
  readonly r: bigint;
  readonly s: bigint;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Two integers of 33 bytes with their headers: no such signature is longer, so lengths are short. */
const LONGEST_BODY = 70;

/**
 * Reads a signature in DER, as strictly as OpenSSL does: shortest lengths, shortest integers, none
 * negative, and nothing after it. Undefined for anything else.
 */
export function readEcdsaDer(bytes: Uint8Array): EcdsaNumbers | undefined {
  const length = bytes[1];
  if (bytes[0] !== SEQUENCE || length === undefined || length > LONGEST_BODY) return undefined;
  if (bytes.length !== length + 2) return undefined;
  const r = readInteger(bytes, 2);
  if (r === undefined) return undefined;
  const s = readInteger(bytes, r.end);
  if (s === undefined || s.end !== bytes.length) return undefined;
  return { r: r.value, s: s.value };
}

function readInteger(bytes: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  const length = bytes[at + 1];
  if (bytes[at] !== INTEGER || length === undefined || length === 0) return undefined;
  const start = at + 2;
  const end = start + length;
  const first = bytes[start];
  if (end > bytes.length || first === undefined || first >= 0x80) return undefined;
  const isPadded = length > 1 && first === 0 && (bytes[start + 1] ?? 0) < 0x80;
  if (isPadded) return undefined;
  return { value: BigInt(`0x${bytes.subarray(start, end).toHex()}`), end };
}

/** A signature in DER. */
export function writeEcdsaDer({ r, s }: EcdsaNumbers): Uint8Array {
  const body = integerHex(r) + integerHex(s);
  return Uint8Array.fromHex(`30${byteHex(body.length / 2)}${body}`);
}

function integerHex(value: bigint): string {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const positive = Number.parseInt(even.slice(0, 2), 16) < 0x80 ? even : `00${even}`;
  return `02${byteHex(positive.length / 2)}${positive}`;
}

function byteHex(value: number): string {
  return value.toString(16).padStart(2, "0");
}
