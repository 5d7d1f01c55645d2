import { pyBytesRepr } from "../../../python/bytes.ts";
import {
  isPush,
  isSmallNumber,
  LONGEST_SHORT_PUSH,
  Op,
  OP_NAMES,
  smallNumberOf,
} from "./opcodes.ts";
import { scriptError } from "./script_error.ts";

/** What a script puts on its stack. */
export type StackItem = Uint8Array | number;

/** One step of a script. */
export interface ScriptStep {
  readonly opcode: number;
  /** What it puts on the stack; undefined where it does something else. */
  readonly pushed: StackItem | undefined;
  /** Where the next one begins. */
  readonly end: number;
}

/**
 * Reads the operation that begins at `at`.
 *
 * @throws {ScriptError} an unknown opcode, or a push of more than there is
 */
export function readOperation(script: Uint8Array, at: number): ScriptStep {
  const opcode = byteAt(script, at);
  if (!isPush(opcode) && OP_NAMES[opcode] === undefined) {
    const text = pyBytesRepr(script);
    throw scriptError(`Invalid Opcode (${opcode}) at position ${at} in ${text}`);
  }
  if (isSmallNumber(opcode)) return { opcode, pushed: smallNumberOf(opcode), end: at + 1 };
  if (opcode <= LONGEST_SHORT_PUSH) return readPush(script, opcode, at + 1, opcode);
  if (opcode === Op.pushData1) return readPush(script, opcode, at + 2, byteAt(script, at + 1));
  return { opcode, pushed: undefined, end: at + 1 };
}

function readPush(
  script: Uint8Array,
  opcode: number,
  start: number,
  length: number,
): ScriptStep {
  if (length === 0 || length > script.length) {
    throw scriptError(`length (${length}) should be from 0 up to data length`);
  }
  if (start >= script.length) throw scriptError("position should be inside data");
  if (start + length > script.length) {
    throw scriptError(
      `trying to read ${length} bytes starting at ${start}, available ${script.length}`,
    );
  }
  return { opcode, pushed: script.subarray(start, start + length), end: start + length };
}

function byteAt(script: Uint8Array, at: number): number {
  const byte = script[at];
  if (byte === undefined) {
    throw scriptError(
      `trying to read a byte at ${at} outside of data, available ${script.length}`,
    );
  }
  return byte;
}
