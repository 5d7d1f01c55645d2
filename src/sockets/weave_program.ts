/**
 * The putting together of messages as WebAssembly: what each of consecutive events is told with, and
 * its data, in one go for all of them. A loop that copies piece by piece took five times as long.
 */
import { WASM_I32, wasmModule, wasmNumber } from "../kernel/wasm.ts";
import {
  ADD,
  BLOCK_START,
  constant,
  END,
  EQUAL,
  get,
  goIf,
  goTo,
  keepLocal,
  LESSEN,
  LOOP,
  set,
  SHIFT,
  STORE_BYTE,
} from "../kernel/wasm_code.ts";

/** Events that are woven at once. */
export const WOVEN_EVENTS = 2_048;

/** Bytes of what stands before each event, at the most, and of all that may follow it. */
export const WOVEN_HEAD_BYTES = 4_096;
export const MIDDLES_BYTES = 16 * 1024;

/** How many different texts may follow it. */
export const MIDDLES = 256;

/**
 * Where things are: what follows each digit, decimal ones and those of ids, a byte that is none,
 * where each middle is and how long, the head, the middles, which of them each event has, where the
 * data of each event ends and, after it, its message; and what is written, which may grow.
 */
const DECIMAL_AT = 0;
const BASE_32_AT = 0x100;
const TABLE_AT = 0x200;
/** Stands for the place of a number that a head has none of. */
export const NOWHERE_AT = 0xb00;
export const HEAD_AT = 0xc00;
export const MIDDLES_AT = HEAD_AT + WOVEN_HEAD_BYTES;
const KINDS_AT = MIDDLES_AT + MIDDLES_BYTES;
const ENDS_AT = KINDS_AT + WOVEN_EVENTS;
export const OUT_AT = ENDS_AT + 4 * WOVEN_EVENTS;

const PAGE_BYTES = 64 * 1024;
const PAGES = 4;
const MOST_PAGES = 16_384;

/** The memory as it is until it grows. */
export interface WeaveMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For each middle where it is, and how many bytes it has. */
  readonly table: Uint32Array;
  readonly kinds: Uint8Array;
  readonly ends: Uint32Array;
}

/** The program with its memory; nobody may wait while it is used. */
export interface WeaveProgram {
  memory: WeaveMemory;
  /** Makes room for so many bytes of what is written. */
  readonly grow: (bytes: number) => void;
  /**
   * Writes `count` events to `at`, each as the head, its middle, its data from byte `skip` on and a
   * closing brace. In the head the number that ends at `number`, and the id that ends at `id`, count
   * up by one with each. The data lies at `source`, which has to be so far behind that the last byte
   * written is its last one; `previous` is where that before it ended. Returns where it ends.
   */
  readonly weave: (
    at: number,
    source: number,
    count: number,
    previous: number,
    head: number,
    number: number,
    id: number,
    skip: number,
  ) => number;
}

let compiled: WebAssembly.Module | undefined;

export function loadWeaveProgram(): WeaveProgram {
  compiled ??= new WebAssembly.Module(
    wasmModule({ name: "weave", parameters: 8, code: weaveCode() }, PAGES, MOST_PAGES),
  );
  const { exports } = new WebAssembly.Instance(compiled);
  // The module exports these two.
  const { memory, weave } = exports as {
    memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
    weave: WeaveProgram["weave"];
  };
  const program: WeaveProgram = {
    memory: memoryOf(memory.buffer),
    grow(bytes) {
      memory.grow(Math.ceil((OUT_AT + bytes - memory.buffer.byteLength) / PAGE_BYTES));
      program.memory = memoryOf(memory.buffer);
    },
    weave,
  };
  const { bytes } = program.memory;
  for (const [at, digits] of [[DECIMAL_AT, DECIMAL], [BASE_32_AT, BASE_32]] as const) {
    // What is no digit is passed over.
    for (let code = 0; code < 256; code++) bytes[at + code] = code;
    for (const [value, digit] of [...digits].entries()) {
      bytes[at + digit.charCodeAt(0)] = digits.charCodeAt((value + 1) % digits.length);
    }
  }
  return program;
}

const DECIMAL = "0123456789";
const BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function memoryOf(buffer: ArrayBuffer): WeaveMemory {
  return {
    bytes: new Uint8Array(buffer),
    table: new Uint32Array(buffer, TABLE_AT, 2 * MIDDLES),
    kinds: new Uint8Array(buffer, KINDS_AT, WOVEN_EVENTS),
    ends: new Uint32Array(buffer, ENDS_AT, WOVEN_EVENTS),
  };
}

// What no other program has, see `wasm_code.ts`.
const COPY = [0xfc, 0x0a, 0, 0];

const byteAt = (offset: number) => [0x2d, 0, ...wasmNumber(offset)];
const wordAt = (offset: number) => [0x28, 2, ...wasmNumber(offset)];
const storeWordAt = (offset: number) => [0x36, 2, ...wasmNumber(offset)];

/** Parameters, and locals: which event it is, a length, and a place. */
const [AT, SOURCE, COUNT, PREVIOUS, HEAD, NUMBER, ID, SKIP, INDEX, LENGTH, PLACE] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
] as const;

function weaveCode(): readonly number[] {
  const add = (local: number, value: readonly number[]) => [
    ...[...get(local), ...value, ADD, ...set(local)],
  ];
  /** The digits that end there count up by one, by what follows each of them. */
  const count = (last: number, digits: number) => [
    ...[...get(last), ...set(PLACE), ...LOOP],
    ...[...get(PLACE), ...get(PLACE), ...byteAt(0), ...byteAt(digits), ...keepLocal(LENGTH)],
    ...[...STORE_BYTE, ...get(PLACE), ...constant(1), LESSEN, ...set(PLACE)],
    ...[...get(LENGTH), ...constant(0x30), EQUAL, ...goIf(0), END],
  ];
  return [
    ...[1, 3, WASM_I32],
    ...[...BLOCK_START, ...LOOP, ...get(INDEX), ...get(COUNT), EQUAL, ...goIf(1)],
    ...[...get(AT), ...constant(HEAD_AT), ...get(HEAD), ...COPY, ...add(AT, get(HEAD))],
    // Its middle.
    ...[...get(AT), ...get(INDEX), ...byteAt(KINDS_AT), ...constant(3), SHIFT, ...keepLocal(PLACE)],
    ...[...wordAt(TABLE_AT), ...get(PLACE), ...wordAt(TABLE_AT + 4), ...keepLocal(LENGTH), ...COPY],
    ...add(AT, get(LENGTH)),
    // Its data.
    ...[...get(INDEX), ...constant(2), SHIFT, ...keepLocal(PLACE), ...wordAt(ENDS_AT)],
    ...[...get(PREVIOUS), LESSEN, ...set(LENGTH), ...add(PREVIOUS, get(LENGTH))],
    ...[...get(AT), ...get(SOURCE), ...get(SKIP), ADD, ...get(LENGTH), ...get(SKIP), LESSEN],
    ...[...COPY, ...add(SOURCE, get(LENGTH))],
    ...[...get(AT), ...get(LENGTH), ...get(SKIP), LESSEN, ADD, ...keepLocal(AT)],
    ...[...constant(0x7d), ...STORE_BYTE],
    ...[...get(PLACE), ...get(AT), ...constant(1), ADD, ...keepLocal(AT), ...storeWordAt(ENDS_AT)],
    ...[...count(NUMBER, DECIMAL_AT), ...count(ID, BASE_32_AT)],
    ...[...add(INDEX, constant(1)), ...goTo(0), END, END],
    ...[...get(AT), END],
  ];
}
