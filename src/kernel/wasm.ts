/** What modules of WebAssembly that are put together here have in common (core specification 2.0). */

/** A module's one function, whose parameters and result are 32-bit integers. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Its locals and its instructions, with the `end` of the last. */
  readonly code: readonly number[];
}

/**
 * The bytes of a module that exports one function and, where it has pages of it, its `memory`, which
 * may grow up to `mostPages`.
 */
export function wasmModule(
  { name, parameters, code }: WasmFunction,
  pages = 0,
  mostPages = pages,
): Uint8Array<ArrayBuffer> {
  const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  const exported = [[...text(name), 0, 0], ...pages === 0 ? [] : [[...text("memory"), 2, 0]]];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters, ...Array(parameters).fill(WASM_I32), 1, WASM_I32]),
    ...section(3, [1, 0]),
    ...(pages === 0 ? [] : section(5, [1, 1, ...wasmNumber(pages), ...wasmNumber(mostPages)])),
    ...section(7, [exported.length, ...exported.flat()]),
    ...section(10, [1, ...wasmNumber(code.length), ...code]),
  ]);
}

/** The type of a 32-bit integer. */
export const WASM_I32 = 0x7f;

/** The type of a vector of 128 bits. */
export const WASM_V128 = 0x7b;

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...wasmNumber(content.length), ...content];
}

/** An unsigned number as modules hold it (LEB128). */
export function wasmNumber(value: number): readonly number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...wasmNumber(Math.floor(value / 128))];
}
