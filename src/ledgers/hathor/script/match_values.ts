import { LONGEST_SHORT_PUSH, Op } from "./opcodes.ts";
import { buildScript } from "./patterns.ts";

/**
 * A contract in one output's script, from before nano contracts: whoever's value an oracle's signed
 * data holds may spend it.
 */
export interface MatchValues {
  readonly oracleKeyHash: Uint8Array;
  /** What the oracle's data is called. */
  readonly dataId: string;
  /** The oracle's data has to be younger, in seconds since the epoch. */
  readonly minTimestamp: number;
  /** Values by the addresses, in hexadecimal, of those who may spend. */
  readonly values: ReadonlyMap<string, bigint>;
  /** The address of who may spend where no value is the oracle's; undefined for nobody. */
  readonly fallback: Uint8Array | undefined;
}

const HASH_SIZE = 20;
const NUMBER_SIZE = 4;
/** Bytes from the comparison of the data's name to that of its values. */
const MIDDLE_SIZE = 9;
const LARGEST = [0xffn, 0xffffn, 0xffff_ffffn, 0xffff_ffff_ffff_ffffn];

/** The script of a contract; a value is up to 2^64 - 1. */
export function matchValuesScript(
  { oracleKeyHash, dataId, minTimestamp, values, fallback }: MatchValues,
): Uint8Array {
  const pairs = [...values].flatMap((
    [address, value],
  ) => [numberBytes(value), Uint8Array.fromHex(address)]);
  const time = new Uint8Array(NUMBER_SIZE);
  new DataView(time.buffer).setUint32(0, minTimestamp);
  return buildScript([
    Op.dup,
    Op.hash160,
    oracleKeyHash,
    Op.equalVerify,
    Op.checkDataSig,
    Op.zero,
    new TextEncoder().encode(dataId),
    Op.dataStrEqual,
    Op.zero + 1,
    time,
    Op.dataGreaterThan,
    Op.zero + 2,
    fallback ?? Uint8Array.of(0),
    ...pairs,
    Uint8Array.of(values.size),
    Op.dataMatchValue,
    Op.findP2pkh,
  ]);
}

function numberBytes(value: bigint): Uint8Array {
  const size = 2 ** LARGEST.findIndex((largest) => value <= largest);
  return Uint8Array.fromHex(value.toString(16).padStart(2 * size, "0"));
}

/** What a script says that is such a contract; undefined for any other. */
export function parseMatchValues(script: Uint8Array): MatchValues | undefined {
  if (script[0] !== Op.dup || script[1] !== Op.hash160) return undefined;
  const key = readPush(script, 2);
  if (key?.data.length !== HASH_SIZE) return undefined;
  const { end } = key;
  if (script[end] !== Op.equalVerify || script[end + 1] !== Op.checkDataSig) return undefined;
  if (script[end + 2] !== Op.zero) return undefined;
  const last = script.length - 2;
  if (script[last] !== Op.dataMatchValue || script[last + 1] !== Op.findP2pkh) return undefined;
  // As with the original's expression the last place counts that may be the middle.
  let middle = last - MIDDLE_SIZE;
  while (middle > end + 3 && !isMiddle(script, middle)) middle--;
  if (middle <= end + 3) return undefined;
  const dataId = textOf(readPush(script, end + 3)?.data);
  const view = new DataView(script.buffer, script.byteOffset);
  const minTimestamp = view.getUint32(middle + 3);
  const rest = readValues(script.subarray(middle + MIDDLE_SIZE, last));
  if (dataId === undefined || rest === undefined) return undefined;
  return { oracleKeyHash: key.data, dataId, minTimestamp, ...rest };
}

function isMiddle(script: Uint8Array, at: number): boolean {
  return script[at] === Op.dataStrEqual && script[at + 1] === Op.zero + 1 &&
    script[at + 7] === Op.dataGreaterThan && script[at + 8] === Op.zero + 2;
}

/** The fallback, pairs of a value and an address, and how many pairs there are. */
function readValues(bytes: Uint8Array): Pick<MatchValues, "values" | "fallback"> | undefined {
  const count = bytes.at(-1);
  const fallback = readPush(bytes, 0);
  const end = bytes.length - 2;
  if (count === undefined || fallback === undefined || fallback.end > end) return undefined;
  const values = new Map<string, bigint>();
  let at = fallback.end;
  for (let pair = 0; pair < count; pair++) {
    const value = readPush(bytes, at);
    const address = value && readPush(bytes, value.end);
    if (value === undefined || address === undefined || address.end > end) return undefined;
    if (![1, 2, 4, 8].includes(value.data.length)) return undefined;
    values.set(address.data.toHex(), BigInt(`0x${value.data.toHex()}`));
    at = address.end;
  }
  if (at !== end) return undefined;
  return { values, fallback: fallback.data.length === 1 ? undefined : fallback.data };
}

function readPush(bytes: Uint8Array, at: number): { data: Uint8Array; end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const start = first > LONGEST_SHORT_PUSH ? at + 2 : at + 1;
  const end = start + (bytes[start - 1] ?? Infinity);
  return end > bytes.length ? undefined : { data: bytes.subarray(start, end), end };
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
