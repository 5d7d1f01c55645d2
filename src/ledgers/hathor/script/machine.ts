import type { Network } from "../networks/network.ts";
import type { TxOutput } from "../vertex/vertex.ts";
import type { StackItem } from "./read_operation.ts";
import { scriptError, scriptFailure } from "./script_error.ts";

/** What scripts may ask about the transaction that spends. */
export interface SpendContext {
  readonly network: Network;
  readonly timestamp: number;
  readonly outputs: readonly TxOutput[];
  /** What its signatures are over. */
  readonly sighash: Uint8Array;
  /** Value of the output that is spent. */
  readonly spentValue: bigint;
  /** Whether the opcodes on an oracle's data still count: not where OPCODES_V2 is active. */
  readonly hasDataOpcodes: boolean;
}

/** A script at work. */
export interface Machine {
  readonly stack: StackItem[];
  readonly log: string[];
  readonly context: SpendContext;
}

/** What an opcode does. */
export type ScriptOperation = (machine: Machine) => void;

/** Takes the top of the stack, which the caller knows not to be empty. */
export function pop({ stack }: Machine): StackItem {
  const item = stack.pop();
  if (item === undefined) throw scriptFailure("the stack is empty");
  return item;
}

/** Takes the top of the stack, which the reference node takes for bytes. */
export function popBytes(machine: Machine): Uint8Array {
  return itemBytes(pop(machine));
}

export function itemBytes(item: StackItem): Uint8Array {
  if (typeof item === "number") throw scriptFailure("a number where bytes are expected");
  return item;
}

/** Throws the reference node's words unless `count` items are on the stack. */
export function need(machine: Machine, name: string, count: number): void {
  const { length } = machine.stack;
  if (length >= count) return;
  if (count === 1) throw scriptError(`${name}: empty stack`);
  throw scriptError(`${name}: need ${count} elements on stack, currently ${length}`);
}
