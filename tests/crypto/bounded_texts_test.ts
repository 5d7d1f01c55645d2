import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  base58Decode,
  base58Encode,
  Base58Error,
  Base58LengthError,
} from "../../src/crypto/base58.ts";
import { base64UrlDecode } from "../../src/crypto/base64url.ts";
import { PyJsonLimitError } from "../../src/python/json.ts";
import { parsePyJson, parseStoredJson } from "../../src/python/json_parse.ts";

// Each of these texts is as large as a body may be, and took minutes with the square of its length.
const SIZE = 1_000_000;

Deno.test("white space after base58 is taken off, however much there is and what follows it", () => {
  const key = base58Encode(new Uint8Array(32).fill(7));
  assertEquals(base58Encode(base58Decode(key + " \t\r\n".repeat(SIZE / 4))), key);
  const error = assertThrows(() => base58Decode(`${key}${" ".repeat(SIZE)}x`), Base58Error);
  assertEquals(error.character, " ");
});

Deno.test("base58 of more than anything has is refused, and its size is told", () => {
  for (const [zeros, bytes] of [[0, 200], [3, 100], [0, 96], [1, 5_000]] as const) {
    const long = new Uint8Array(zeros + bytes).fill(201, zeros);
    const error = assertThrows(() => base58Decode(base58Encode(long)), Base58LengthError);
    assertEquals(error.bytes, long.length);
  }
  assertEquals(base58Decode(base58Encode(new Uint8Array(82).fill(255))).length, 82);
  assertThrows(() => base58Decode("z".repeat(SIZE)), Base58LengthError);
  assertThrows(() => base58Decode("1".repeat(SIZE)), Base58LengthError);
  // What is no base58 at all is told first, as by the original.
  assertThrows(() => base58Decode("z".repeat(SIZE) + "0"), Base58Error, "Invalid character 0");
});

Deno.test("padding of base64 is read once", () => {
  assertEquals(base64UrlDecode(`${"=".repeat(SIZE)}A`), undefined);
  assertEquals(base64UrlDecode(`QUJD${"=".repeat(SIZE)}`), new TextEncoder().encode("ABC"));
});

/** An object whose keys have one hash for a map of up to 2^16 places. */
function crowd(count: number): string {
  const keys = Array.from({ length: count }, (_, at) => `"${1_000_000_000 + at * 65_536}":1`);
  return `{${keys.join(",")}}`;
}

Deno.test("keys that were chosen to have one hash are refused, and no others", () => {
  assertThrows(() => parsePyJson(crowd(40_000)), PyJsonLimitError);
  assertThrows(() => parsePyJson(`[1.5,${crowd(5_000)}]`), PyJsonLimitError);
  const numbered = (step: number) =>
    `{${Array.from({ length: 30_000 }, (_, at) => `"${1_700_000_000 + at * step}":1`).join(",")}}`;
  for (const step of [1, 7, 60, 1_000, 3_600]) {
    assertInstanceOf(parsePyJson(numbered(step)), Map);
  }
  const short = Array.from({ length: 90_000 }, (_, at) => `"${at}":1`).join(",");
  assertInstanceOf(parsePyJson(`{${short}}`), Map);
  // What was taken before there was a bound is read all the same.
  assertInstanceOf(parseStoredJson(crowd(2_000)), Map);
});
