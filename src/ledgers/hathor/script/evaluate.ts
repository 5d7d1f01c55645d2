import { concatBytes } from "../../../kernel/concat.ts";
import { DATA_OPERATIONS } from "./data_operations.ts";
import type { Machine, SpendContext } from "./machine.ts";
import { multisigData, redeemScriptPosition } from "./multisig.ts";
import { OP_NAMES } from "./opcodes.ts";
import { OPERATIONS } from "./operations.ts";
import { parseAddressScript } from "./patterns.ts";
import { readOperation, type StackItem } from "./read_operation.ts";
import { scriptError } from "./script_error.ts";

/**
 * Evaluates whether `inputData` may spend an output of `outputScript`: returns if so.
 *
 * @throws {ScriptError} with the reference node's words, among them its log
 */
export function evaluateSpend(
  inputData: Uint8Array,
  outputScript: Uint8Array,
  context: SpendContext,
): void {
  const log: string[] = [];
  if (parseAddressScript(outputScript)?.type !== "MultiSig") {
    return execute(concatBytes(inputData, outputScript), context, log);
  }
  // First that the redeem script is the one that was paid to, then what it asks for.
  const redeem = inputData.subarray(redeemScriptPosition(inputData));
  execute(concatBytes(redeem, outputScript), context, log);
  execute(multisigData(inputData), context, log);
}

function execute(script: Uint8Array, context: SpendContext, log: string[]): void {
  const stack: StackItem[] = [];
  const machine: Machine = { stack, log, context };
  let at = 0;
  while (at < script.length) {
    const { opcode, pushed, end } = readOperation(script, at);
    if (pushed !== undefined) stack.push(pushed);
    else run(opcode, machine);
    at = end;
  }
  const complaint = complaintAbout(stack);
  if (complaint === undefined) return;
  throw scriptError([...log, complaint].join("\n"));
}

function run(opcode: number, machine: Machine): void {
  machine.log.push(`Executing function opcode ${OP_NAMES[opcode]} (0x${opcode.toString(16)})`);
  const operation = OPERATIONS[opcode] ??
    (machine.context.hasDataOpcodes ? DATA_OPERATIONS[opcode] : undefined);
  if (operation === undefined) throw scriptError(`unknown opcode: ${opcode}`);
  operation(machine);
}

function complaintAbout(stack: readonly StackItem[]): string | undefined {
  if (stack.length === 0) return "Empty Stack left";
  if (stack.length > 1) return "Stack left with more than one value";
  return stack[0] === 1 ? undefined : "Stack left with False value";
}
