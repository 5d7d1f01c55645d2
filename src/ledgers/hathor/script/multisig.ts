import { concatBytes } from "../../../kernel/concat.ts";
import { LONGEST_SHORT_PUSH, Op } from "./opcodes.ts";
import { readOperation } from "./read_operation.ts";
import { scriptFailure } from "./script_error.ts";

/** Where the last operation of the input data begins, which should push the redeem script. */
export function redeemScriptPosition(inputData: Uint8Array): number {
  let last = 0;
  for (let at = 0; at < inputData.length;) {
    last = at;
    at = readOperation(inputData, at).end;
  }
  return last;
}

/**
 * The input data with the redeem script itself in place of its push, to be evaluated whole.
 *
 * @throws {ScriptError} a push of more than there is, or nothing pushed
 */
export function multisigData(inputData: Uint8Array): Uint8Array {
  let last = 0;
  let redeem: Uint8Array | undefined;
  for (let at = 0; at < inputData.length;) {
    last = at;
    const opcode = inputData[at] ?? 0;
    const isDataPush = (opcode >= 1 && opcode <= LONGEST_SHORT_PUSH) || opcode === Op.pushData1;
    if (!isDataPush) {
      at++;
      continue;
    }
    const { pushed, end } = readOperation(inputData, at);
    if (pushed instanceof Uint8Array) redeem = pushed;
    at = end;
  }
  if (redeem === undefined) throw scriptFailure("nothing was pushed");
  return concatBytes(inputData.subarray(0, last), redeem);
}
