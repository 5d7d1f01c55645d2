import { isSecp256k1Signature } from "../../../crypto/secp256k1.ts";
import { pyBytesRepr } from "../../../python/bytes.ts";
import { encodeAddress, p2pkhAddress } from "../networks/address.ts";
import { itemBytes, type Machine, need, pop, popBytes, type ScriptOperation } from "./machine.ts";
import { Op } from "./opcodes.ts";
import { compressedKey } from "./operations.ts";
import { parseAddressScript } from "./patterns.ts";
import type { StackItem } from "./read_operation.ts";
import { scriptError, scriptFailure } from "./script_error.ts";

/** What the opcodes on an oracle's data do, where they count. */
export const DATA_OPERATIONS: Readonly<Record<number, ScriptOperation>> = {
  [Op.checkDataSig](machine) {
    need(machine, "OP_CHECKDATASIG", 3);
    const keyBytes = popBytes(machine);
    const signature = popBytes(machine);
    const data = popBytes(machine);
    const key = compressedKey("OP_CHECKDATASIG", keyBytes);
    if (!isSecp256k1Signature(signature, data, key)) throw scriptError("");
    machine.stack.push(data);
  },
  [Op.dataStrEqual](machine) {
    const { data, found, value } = popDataQuery(machine, "OP_DATA_STREQUAL");
    if (found.toHex() !== value.toHex()) {
      throw scriptError(`OP_DATA_STREQUAL: ${textOf(found)} x ${textOf(value)}`);
    }
    machine.stack.push(data);
  },
  [Op.dataGreaterThan](machine) {
    const { data, found, value } = popDataQuery(machine, "OP_DATA_GREATERTHAN");
    const number = numberOf(found);
    const least = numberOf(value);
    if (number === undefined || least === undefined) throw scriptError("");
    if (number <= least) throw scriptError(`op_data_greaterthan: ${number} x ${least}`);
    machine.stack.push(data);
  },
  [Op.dataMatchValue]: dataMatchValue,
  [Op.findP2pkh]: findP2pkh,
};

function popDataQuery(machine: Machine, name: string) {
  need(machine, name, 3);
  const [value, place, data] = [popBytes(machine), pop(machine), popBytes(machine)];
  if (typeof place !== "number") {
    const text = pyBytesRepr(place);
    throw scriptError(`OP_DATA_STREQUAL: value on stack should be an integer (${text})`);
  }
  return { data, found: valueAt(data, place), value };
}

/** The value at a place of data that is values one after another, a byte of length before each. */
function valueAt(data: Uint8Array, place: number): Uint8Array {
  let at = 0;
  for (let seen = 0; at < data.length; seen++) {
    const length = data[at] ?? 0;
    const start = at + 1;
    if (start + length > data.length) {
      throw scriptError(
        `trying to read ${length} bytes starting at ${start}, available ${data.length}`,
      );
    }
    if (seen === place) return data.subarray(start, start + length);
    at = start + length;
  }
  throw scriptError("");
}

/** The big-endian number of 1, 2, 4 or 8 bytes; undefined for any other size. */
function numberOf(bytes: Uint8Array): bigint | undefined {
  return [1, 2, 4, 8].includes(bytes.length) ? BigInt(`0x${bytes.toHex()}`) : undefined;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw scriptFailure("the data is no text");
  }
}

/** Puts on the stack the key whose value is the oracle's, or the last key if none is. */
function dataMatchValue(machine: Machine): void {
  const { stack } = machine;
  need(machine, "OP_DATA_MATCH_VALUE", 1);
  const count = popBytes(machine)[0] ?? 0;
  const used = 2 * count + 3;
  if (stack.length < used) {
    throw scriptError(
      `OP_DATA_MATCH_VALUE: need ${used} elements on stack, currently ${stack.length}`,
    );
  }
  const keys = new Map<bigint, StackItem>();
  for (let pair = 0; pair < count; pair++) {
    const key = popBytes(machine);
    const value = numberOf(popBytes(machine));
    if (value === undefined) throw scriptError("");
    keys.set(value, key);
  }
  const last = pop(machine);
  const place = pop(machine);
  if (typeof place !== "number") throw scriptFailure("a place is a number");
  const answer = numberOf(valueAt(popBytes(machine), place));
  if (answer === undefined) throw scriptFailure("the data is no number");
  stack.push(itemBytes(keys.get(answer) ?? last));
}

/** Passes if the transaction pays all that is spent to the address on the stack. */
function findP2pkh(machine: Machine): void {
  need(machine, "OP_FIND_P2PKH", 1);
  const item = pop(machine);
  if (typeof item === "number") throw scriptError("");
  const { network, outputs, spentValue } = machine.context;
  const wanted = encodeAddress(item);
  const isPaid = outputs.some(({ script, value }) => {
    const paidTo = parseAddressScript(script);
    return paidTo?.type === "P2PKH" && value === spentValue &&
      p2pkhAddress(network, paidTo.hash) === wanted;
  });
  if (!isPaid) throw scriptError("");
  machine.stack.push(1);
}
