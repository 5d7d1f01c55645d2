/**
 * The search for a nonce as WebAssembly, put together here instruction by instruction: SHA-256 of
 * four nonces at once, one in each lane of a vector, with all rounds written out and what is the
 * same for every nonce reckoned beforehand.
 */
import { WASM_I32, WASM_V128, wasmModule, wasmNumber } from "../../../kernel/wasm.ts";
import { END, IF, LOOP, RETURN } from "../../../kernel/wasm_code.ts";
import { ROUND, START } from "./sha256_block.ts";

const HEADER_BITS = 8 * 80;
const DIGEST_BITS = 8 * 32;
const END_MARK = 0x8000_0000 | 0;
/** The hash's first bytes are the digest's last, and only those are looked at here. */
const ROUNDS_FOR_LAST_WORD = 61;

/** Nonces that are tried at once. */
export const LANES = 4;

/**
 * Tries `count` nonces from `first` on. Returns how many come before the first four of which one
 * has a hash whose first 32 bits are at most `highest`; `count` or more where none has.
 *
 * The other parameters are the eight words of the state after the header's first 64 bytes.
 */
export type TryNonces = (
  first: number,
  count: number,
  highest: number,
  ...middle: readonly number[]
) => number;

/** A vector of the program: a constant of all lanes, or the code that puts it on the stack. */
type Vector = number | readonly number[];

// Opcodes (WebAssembly core specification 2.0, section 5.4).
const BRANCH_IF = 0x0d;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_CONST = 0x41;
const I32_LESS_UNSIGNED = 0x49;
const I32_ADD = 0x6a;
const SPLAT = [0xfd, 0x11];
const ADD = [0xfd, 0xae, 0x01];
const AND = [0xfd, 0x4e];
const OR = [0xfd, 0x50];
const XOR = [0xfd, 0x51];
const SHIFT_LEFT = [0xfd, 0xab, 0x01];
const SHIFT_RIGHT = [0xfd, 0xad, 0x01];
const AT_MOST_UNSIGNED = [0xfd, 0x3e];
const ANY = [0xfd, 0x53];
/** Turns the bytes of each lane round. */
const SWAP = [...lanes([0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f]), 0xfd, 0x0e];

/** Parameters, in their order, and the one local that is no vector. */
const [FIRST, COUNT, HIGHEST, MIDDLE, TRIED] = [0, 1, 2, 3, 11];
const FIRST_VECTOR = 12;

/** The function's body, as it grows. */
class Body {
  readonly code: number[] = [];
  #vectors = 0;

  get vectors(): number {
    return this.#vectors;
  }

  add(...code: readonly number[]): void {
    // Spreading a whole body would overflow the stack; instructions are short.
    this.code.push(...code);
  }

  /** Keeps a vector in a local: the given one, or a new one. Constants need none. */
  keep(vector: Vector, local = -1): Vector {
    if (typeof vector === "number") return vector;
    const index = local < 0 ? FIRST_VECTOR + this.#vectors++ : local;
    this.add(...vector, LOCAL_SET, ...wasmNumber(index));
    return [LOCAL_GET, ...wasmNumber(index)];
  }

  /** The same, in a local even where it is a constant. Returns the local. */
  variable(vector: Vector): number {
    this.keep(pushed(vector));
    return FIRST_VECTOR + this.#vectors - 1;
  }
}

/** Compiles the program. Each call makes a function of its own. */
export function compileTryNonces(): TryNonces {
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(
      wasmModule({ name: "search", parameters: 11, code: searchCode() }),
    ),
  );
  // The module exports this one function.
  return exports.search as TryNonces;
}

function searchCode(): readonly number[] {
  const body = new Body();
  const middle = START.map((_, i) => get(body.variable([LOCAL_GET, MIDDLE + i, ...SPLAT])));
  const highest = get(body.variable([LOCAL_GET, HIGHEST, ...SPLAT]));
  const nonce = body.variable(sum([LOCAL_GET, FIRST, ...SPLAT], lanes([0, 1, 2, 3])));
  body.add(...LOOP);
  const header = [0, 0, 0, get(nonce), END_MARK, ...Array(10).fill(0), HEADER_BITS];
  const digest = rounds(body, middle, header, ROUND.length)
    .map((word, i) => body.keep(sum(word, middle[i] ?? 0)));
  const second = [...digest, END_MARK, ...Array(6).fill(0), DIGEST_BITS];
  // After those rounds the fifth word is what the last will be.
  const last = rounds(body, START, second, ROUNDS_FOR_LAST_WORD)[4] ?? 0;
  body.add(...pushed(sum(last, START[7] ?? 0)), ...SWAP, ...pushed(highest));
  body.add(...AT_MOST_UNSIGNED, ...ANY, ...IF, LOCAL_GET, TRIED, RETURN, END);
  body.keep(sum(get(nonce), LANES), nonce);
  body.add(LOCAL_GET, TRIED, I32_CONST, LANES, I32_ADD, LOCAL_SET, TRIED);
  body.add(LOCAL_GET, TRIED, LOCAL_GET, COUNT, I32_LESS_UNSIGNED, BRANCH_IF, 0, END);
  body.add(LOCAL_GET, TRIED, END);
  return [2, 1, WASM_I32, ...wasmNumber(body.vectors), WASM_V128, ...body.code];
}

/** So many rounds of SHA-256 on a state and a block of 16 words. */
function rounds(
  body: Body,
  state: readonly Vector[],
  block: readonly Vector[],
  count: number,
): readonly Vector[] {
  const words = [...block];
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (const [i, constant] of ROUND.slice(0, count).entries()) {
    if (i >= 16) {
      const [w16 = 0, w15 = 0, w7 = 0, w2 = 0] = [i - 16, i - 15, i - 7, i - 2]
        .map((at) => words[at]);
      const s0 = xor(xor(turned(w15, 7), turned(w15, 18)), shifted(w15, SHIFT_RIGHT, 3));
      const s1 = xor(xor(turned(w2, 17), turned(w2, 19)), shifted(w2, SHIFT_RIGHT, 10));
      words[i] = body.keep(sum(sum(w16, w7), sum(s0, s1)));
    }
    const s1 = xor(xor(turned(e, 6), turned(e, 11)), turned(e, 25));
    const choice = xor(g, and(e, xor(f, g)));
    const t1 = body.keep(sum(sum(sum(words[i] ?? 0, constant), h), sum(s1, choice)));
    const s0 = xor(xor(turned(a, 2), turned(a, 13)), turned(a, 22));
    const majority = or(and(a, b), and(c, or(a, b)));
    const next = body.keep(sum(t1, sum(s0, majority)));
    [a, b, c, d, e, f, g, h] = [next, a, b, c, body.keep(sum(d, t1)), e, f, g];
  }
  return [a, b, c, d, e, f, g, h];
}

function get(local: number): Vector {
  return [LOCAL_GET, ...wasmNumber(local)];
}

/** The code that puts a vector on the stack. */
function pushed(vector: Vector): readonly number[] {
  return typeof vector === "number" ? lanes([vector, vector, vector, vector]) : vector;
}

function lanes(values: readonly number[]): readonly number[] {
  return [0xfd, 0x0c, ...new Uint8Array(Int32Array.from(values).buffer)];
}

function sum(a: Vector, b: Vector): Vector {
  if (typeof a === "number" && typeof b === "number") return (a + b) | 0;
  return a === 0 ? b : b === 0 ? a : [...pushed(a), ...pushed(b), ...ADD];
}

function xor(a: Vector, b: Vector): Vector {
  if (typeof a === "number" && typeof b === "number") return a ^ b;
  return [...pushed(a), ...pushed(b), ...XOR];
}

function and(a: Vector, b: Vector): Vector {
  if (typeof a === "number" && typeof b === "number") return a & b;
  return [...pushed(a), ...pushed(b), ...AND];
}

function or(a: Vector, b: Vector): Vector {
  if (typeof a === "number" && typeof b === "number") return a | b;
  return [...pushed(a), ...pushed(b), ...OR];
}

function shifted(a: Vector, shift: readonly number[], bits: number): Vector {
  if (typeof a === "number") return shift === SHIFT_RIGHT ? a >>> bits | 0 : a << bits;
  return [...a, I32_CONST, bits, ...shift];
}

/** Rotated to the right. */
function turned(a: Vector, bits: number): Vector {
  return or(shifted(a, SHIFT_RIGHT, bits), shifted(a, SHIFT_LEFT, 32 - bits));
}
