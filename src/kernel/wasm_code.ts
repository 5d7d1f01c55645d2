/** Instructions that programs of WebAssembly have in common (core specification 2.0, section 5.4). */
import { wasmNumber } from "./wasm.ts";

export const BLOCK_START = [0x02, 0x40];
export const LOOP = [0x03, 0x40];
export const IF = [0x04, 0x40];
export const END = 0x0b;
export const RETURN = 0x0f;
export const STORE_BYTE = [0x3a, 0, 0];
export const EQUAL = 0x46;
export const ADD = 0x6a;
export const LESSEN = 0x6b;
export const SHIFT = 0x74;

export const get = (local: number) => [0x20, ...wasmNumber(local)];
export const set = (local: number) => [0x21, ...wasmNumber(local)];
/** Sets a local to what is on the stack, and leaves that there. */
export const keepLocal = (local: number) => [0x22, ...wasmNumber(local)];
/** Goes to the end of a block, or the beginning of a loop, so many out of this one. */
export const goTo = (label: number) => [0x0c, label];
export const goIf = (label: number) => [0x0d, label];

/** A constant that is not negative, as signed numbers are written. */
export function constant(value: number): readonly number[] {
  return [0x41, ...signed(value)];
}

function signed(value: number): readonly number[] {
  return value < 64 ? [value] : [value % 128 + 128, ...signed(Math.floor(value / 128))];
}
