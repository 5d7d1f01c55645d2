import { multisigData } from "./multisig.ts";
import { isSmallNumber, Op, smallNumberOf } from "./opcodes.ts";
import { parseAddressScript } from "./patterns.ts";
import { readOperation } from "./read_operation.ts";

/** How signature checks are counted. */
export interface SigopRules {
  /** What a check of several signatures counts as when the script does not say of how many. */
  readonly maxMultisigPubkeys: number;
  readonly countsCheckDataSig: boolean;
}

/**
 * How many signatures evaluating a script may check.
 *
 * @throws {ScriptError} a script that cannot be read
 */
export function countSigops(script: Uint8Array, rules: SigopRules): number {
  let count = 0;
  let previous: number | undefined;
  for (let at = 0; at < script.length;) {
    const { opcode, end } = readOperation(script, at);
    if (opcode === Op.checkSig) count++;
    else if (opcode === Op.checkMultisig) {
      const isCounted = previous !== undefined && isSmallNumber(previous);
      count += isCounted ? smallNumberOf(previous ?? 0) : rules.maxMultisigPubkeys;
    } else if (opcode === Op.checkDataSig && rules.countsCheckDataSig) count++;
    previous = opcode;
    at = end;
  }
  return count;
}

/** The same for the data of an input, with the redeem script if the spent script asks for one. */
export function countInputSigops(
  data: Uint8Array,
  spentScript: Uint8Array,
  rules: SigopRules,
): number {
  const isMultisig = parseAddressScript(spentScript)?.type === "MultiSig";
  return countSigops(isMultisig ? multisigData(data) : data, rules);
}
