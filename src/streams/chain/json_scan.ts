import type { Pace } from "../../kernel/turn.ts";
import {
  COMMAS_AT,
  COUNT_AT,
  DEPTH_AT,
  type JsonProgram,
  KINDS_AT,
  loadJsonProgram,
  mayEndIn,
  NO_JSON,
  SCAN_AT,
  SCAN_BEGIN,
  SCAN_BYTES,
  TOO_DEEP,
} from "./json_program.ts";

/** What was found of a text. */
export type Scanned = "not_json" | "too_deep" | "too_many" | readonly number[];

/**
 * How deep values may be nested. Readers in other languages go no deeper: Python's reads about 990
 * levels, and less where it is called from far down.
 */
export const JSON_LEVELS = 512;

/** This thread's own, made when it is first needed. */
let program: JsonProgram | undefined;

/**
 * Where an array of JSON (RFC 8259) has its own commas: none for any other value. Whether the bytes
 * are UTF-8 is not looked at. Where there are more than `most`, or values are nested too deep, that is
 * told as soon as it is met, whatever comes behind it. Between slices others are served.
 */
export async function commasOfArray(
  bytes: Uint8Array,
  most: number,
  pace: Pace,
): Promise<Scanned> {
  program ??= loadJsonProgram(JSON_LEVELS);
  const { bytes: memory, words, scan } = program;
  const commas: number[] = [];
  let state = SCAN_BEGIN;
  let depth = 0;
  /** The kinds of what is open, while others use the memory. */
  let kinds: Uint8Array | undefined;
  for (let from = 0; from < bytes.length; from += SCAN_BYTES) {
    const slice = bytes.subarray(from, from + SCAN_BYTES);
    memory.set(slice, SCAN_AT);
    if (kinds !== undefined) memory.set(kinds, KINDS_AT + 1);
    state = scan(state, depth, SCAN_AT + slice.length);
    if (state === NO_JSON) return "not_json";
    if (state === TOO_DEEP) return "too_deep";
    const found = word(words, COUNT_AT);
    for (let at = COMMAS_AT / 4; at < (COMMAS_AT + found) / 4; at++) {
      commas.push(from + (words[at] ?? 0));
    }
    if (commas.length > most) return "too_many";
    depth = word(words, DEPTH_AT);
    if (from + SCAN_BYTES >= bytes.length) break;
    kinds = memory.slice(KINDS_AT + 1, KINDS_AT + 1 + depth);
    const turn = pace.spend(slice.length);
    if (turn !== undefined) await turn;
  }
  return depth === 0 && mayEndIn(state) ? commas : "not_json";
}

function word(words: Uint32Array, at: number): number {
  return words[at / 4] ?? 0;
}
