/**
 * The reading of JSON as WebAssembly, put together here: a table says what follows each byte in each
 * state, and what lies within strings is passed over sixteen bytes at a time. The runtime's parser, and
 * a loop over the text beside it, took four to nine times as long, and made objects of all of it.
 */
import { WASM_I32, WASM_V128, wasmModule } from "../../kernel/wasm.ts";
import {
  ADD,
  BLOCK_START,
  constant,
  END,
  EQUAL,
  get,
  goIf,
  goTo,
  IF,
  keepLocal,
  LESSEN,
  LOOP,
  RETURN,
  set,
  SHIFT,
  STORE_BYTE,
} from "../../kernel/wasm_code.ts";

/** Bytes that are read at once: what the longest turn has room for, whatever they are. */
export const SCAN_BYTES = 64 * 1024;

/** How the reading of a slice ends, where it does not in a state. */
export const NO_JSON = 64;
export const TOO_DEEP = 65;

/** The program, with the memory that it reads and writes; nobody may wait while it is used. */
export interface JsonProgram {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Reads `SCAN_AT` up to `end`, in a state and at a depth. Returns the state, or how it ended. */
  readonly scan: (state: number, depth: number, end: number) => number;
}

/**
 * Where things are: what follows each byte, the kinds of what is open, how deep that is and how many
 * commas were found in the array that all is in, the slice, and where those commas are in it. Behind
 * the slice is room for what is read beyond its end, and not looked at.
 */
const TABLE_AT = 0;
export const KINDS_AT = 0x3000;
export const DEPTH_AT = 0x3800;
export const COUNT_AT = 0x3804;
export const SCAN_AT = 0x4000;
export const COMMAS_AT = SCAN_AT + SCAN_BYTES + 0x400;
const PAGES = 4;

/** States; those of strings are the first, of a member's name and of a value. */
const [NAME, TEXT] = [0, 1];
const [VALUE, FIRST_VALUE, KEY, FIRST_KEY, COLON, AFTER] = [12, 13, 14, 15, 16, 17];
const [MINUS, ZERO, WHOLE, POINT, FRACTION, E, SIGN, EXPONENT] = [18, 19, 20, 21, 22, 23, 24, 25];
const WORDS = 26;

export const SCAN_BEGIN = VALUE;

/** Whether a text may end in that state, outside of everything. */
export function mayEndIn(state: number): boolean {
  return [AFTER, ZERO, WHOLE, FRACTION, EXPONENT].includes(state);
}

/** What is done where no state simply follows; the one for objects before the one for arrays. */
const [COMMA, OPEN_OBJECT, OPEN_LIST, CLOSE_OBJECT, CLOSE_LIST] = [66, 67, 68, 69, 70];
const NO_STATE = 64;

/** Kinds of what is open: 0 for an array, 1 for an object, and this outside of everything. */
const NOTHING = 2;

/** How deep values may be nested; see `json_messages.ts`. */
export function loadJsonProgram(levels: number): JsonProgram {
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(
      wasmModule({ name: "scan", parameters: 3, code: scanCode(levels) }, PAGES),
    ),
  );
  // The module exports these two.
  const { memory, scan } = exports as { memory: WebAssembly.Memory; scan: JsonProgram["scan"] };
  const bytes = new Uint8Array(memory.buffer);
  fillTable(bytes);
  bytes[KINDS_AT] = NOTHING;
  return { bytes, words: new Uint32Array(memory.buffer), scan };
}

function fillTable(table: Uint8Array): void {
  table.fill(NO_JSON, TABLE_AT, KINDS_AT);
  const on = (state: number, characters: string, next: number) => {
    for (const one of characters) table[TABLE_AT + 256 * state + one.charCodeAt(0)] = next;
  };
  const hex = "0123456789abcdefABCDEF";
  for (const [text, escape, code] of [[NAME, 2, 4], [TEXT, 3, 8]] as const) {
    table.fill(text, TABLE_AT + 256 * text + 0x20, TABLE_AT + 256 * (text + 1));
    on(text, "\\", escape);
    on(escape, '"\\/bfnrt', text);
    on(escape, "u", code);
    for (let digit = 0; digit < 4; digit++) {
      on(code + digit, hex, digit === 3 ? text : code + digit + 1);
    }
  }
  on(NAME, '"', COLON);
  on(TEXT, '"', AFTER);
  for (const state of [VALUE, FIRST_VALUE, KEY, FIRST_KEY, COLON, AFTER]) {
    on(state, " \t\n\r", state);
  }
  on(KEY, '"', NAME);
  on(FIRST_KEY, '"', NAME);
  on(FIRST_KEY, "}", CLOSE_OBJECT);
  on(COLON, ":", VALUE);
  let word = WORDS;
  for (const state of [VALUE, FIRST_VALUE]) {
    on(state, '"', TEXT);
    on(state, "{", OPEN_OBJECT);
    on(state, "[", OPEN_LIST);
    on(state, "-", MINUS);
    on(state, "0", ZERO);
    on(state, "123456789", WHOLE);
    word = WORDS;
    for (const text of ["true", "false", "null"]) {
      on(state, text.charAt(0), word);
      for (const [at, one] of [...text].slice(1).entries()) {
        on(word, one, at === text.length - 2 ? AFTER : word + 1);
        word++;
      }
    }
  }
  on(FIRST_VALUE, "]", CLOSE_LIST);
  on(MINUS, "0", ZERO);
  on(MINUS, "123456789", WHOLE);
  const digits = "0123456789";
  on(WHOLE, digits, WHOLE);
  on(POINT, digits, FRACTION);
  on(FRACTION, digits, FRACTION);
  on(E, "+-", SIGN);
  for (const state of [E, SIGN, EXPONENT]) on(state, digits, EXPONENT);
  for (const state of [ZERO, WHOLE]) on(state, ".", POINT);
  for (const state of [ZERO, WHOLE, FRACTION]) on(state, "eE", E);
  for (const state of [AFTER, ZERO, WHOLE, FRACTION, EXPONENT]) {
    on(state, " \t\n\r", AFTER);
    on(state, ",", COMMA);
    on(state, "}", CLOSE_OBJECT);
    on(state, "]", CLOSE_LIST);
  }
}

// What no other program has, see `wasm_code.ts`.
const ELSE = 0x05;
const SELECT = 0x1b;
const BYTE = [0x2d, 0, 0];
const STORE = [0x36, 2, 0];
const IS_ZERO = 0x45;
const LESS = 0x49;
const MORE = 0x4b;
const AT_MOST = 0x4d;
const AT_LEAST = 0x4f;
const FIRST_BIT = 0x68;
const AND = 0x71;
const OR = 0x72;
const LOAD_VECTOR = [0xfd, 0x00, 0, 0];
const SPLAT = [0xfd, 0x0f];
const EQUAL_BYTES = [0xfd, 0x23];
const LESS_BYTES = [0xfd, 0x26];
const OR_VECTORS = [0xfd, 0x50];
const BITS = [0xfd, 0x64];

/** Parameters, and locals: where it is, what follows, where the next comma is put, bits. */
const [STATE, DEPTH, LAST, AT, NEXT, OUT, KIND, VECTOR] = [0, 1, 2, 3, 4, 5, 6, 7];

function scanCode(levels: number): readonly number[] {
  const isByte = (byte: number, compared: readonly number[]) => [
    ...get(VECTOR),
    ...constant(byte),
    ...SPLAT,
    ...compared,
  ];
  const step = [...get(AT), ...constant(1), ADD, ...set(AT)];
  const fail = (how: number) => [...constant(how), RETURN];
  const kindAt = [...constant(KINDS_AT), ...get(DEPTH), ADD];
  const isNext = (action: number) => [...get(NEXT), ...constant(action), EQUAL];
  return [
    ...[2, 4, WASM_I32, 1, WASM_V128],
    ...[...constant(SCAN_AT), ...set(AT), ...constant(COMMAS_AT), ...set(OUT)],
    ...BLOCK_START,
    ...LOOP,
    ...[...get(AT), ...get(LAST), AT_LEAST, ...goIf(1)],
    // Within a string: to its end, an escape, or what may not stand in it.
    ...[...get(STATE), ...constant(TEXT + 1), LESS, ...IF],
    ...LOOP,
    ...[...get(AT), ...LOAD_VECTOR, ...set(VECTOR)],
    ...[...isByte(0x22, EQUAL_BYTES), ...isByte(0x5c, EQUAL_BYTES), ...OR_VECTORS],
    ...[...isByte(0x20, LESS_BYTES), ...OR_VECTORS, ...BITS, ...keepLocal(KIND), IS_ZERO, ...IF],
    ...[...get(AT), ...constant(16), ADD, ...keepLocal(AT), ...get(LAST), LESS, ...goIf(1)],
    ...[ELSE, ...get(AT), ...get(KIND), FIRST_BIT, ADD, ...set(AT), END],
    END,
    ...[...get(AT), ...get(LAST), AT_LEAST, ...goIf(2)],
    END,
    ...[...get(STATE), ...constant(8), SHIFT, ...get(AT), ...BYTE, OR, ...BYTE, ...keepLocal(NEXT)],
    ...[...constant(NO_STATE), LESS, ...IF, ...get(NEXT), ...set(STATE), ...step, ...goTo(1), END],
    ...[...isNext(COMMA), ...IF, ...kindAt, ...BYTE, ...keepLocal(KIND)],
    ...[...constant(NOTHING), EQUAL, ...IF, ...fail(NO_JSON), END],
    ...[...constant(KEY), ...constant(VALUE), ...get(KIND), SELECT, ...set(STATE)],
    ...[...get(DEPTH), ...constant(1), EQUAL, ...get(KIND), IS_ZERO, AND, ...IF],
    ...[...get(OUT), ...get(AT), ...constant(SCAN_AT), LESSEN, ...STORE],
    ...[...get(OUT), ...constant(4), ADD, ...set(OUT), END],
    ...[...step, ...goTo(1), END],
    ...[...get(NEXT), ...constant(NO_JSON), EQUAL, ...IF, ...fail(NO_JSON), END],
    ...[...get(NEXT), ...constant(OPEN_LIST), AT_MOST, ...IF],
    ...[...get(DEPTH), ...constant(1), ADD, ...keepLocal(DEPTH), ...constant(levels), MORE, ...IF],
    ...[...fail(TOO_DEEP), END],
    ...[...kindAt, ...isNext(OPEN_OBJECT), ...STORE_BYTE],
    ...[...constant(FIRST_KEY), ...constant(FIRST_VALUE), ...isNext(OPEN_OBJECT), SELECT],
    ...[...set(STATE), ...step, ...goTo(1), END],
    // What closes, of the kind that is open.
    ...[...kindAt, ...BYTE, ...isNext(CLOSE_OBJECT), EQUAL, IS_ZERO, ...IF, ...fail(NO_JSON), END],
    ...[...get(DEPTH), ...constant(1), LESSEN, ...set(DEPTH)],
    ...[...constant(AFTER), ...set(STATE), ...step, ...goTo(0)],
    END,
    END,
    ...[...constant(DEPTH_AT), ...get(DEPTH), ...STORE],
    ...[...constant(COUNT_AT), ...get(OUT), ...constant(COMMAS_AT), LESSEN, ...STORE],
    ...[...get(STATE), END],
  ];
}
