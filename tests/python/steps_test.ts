import fc from "fast-check";
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { atOnce, inTurns, type Steps } from "../../src/kernel/steps.ts";
import { PyFloat, type PyJson, pyObject } from "../../src/python/json.ts";
import { parsePyJson, parsingPyJson } from "../../src/python/json_parse.ts";
import { isLong, walking } from "../../src/python/json_walk.ts";
import * as writers from "../../src/python/json_write.ts";
import { writing } from "../../src/python/json_write_steps.ts";
import { pyRepr, writingRepr } from "../../src/python/str.ts";
import { turnsOf } from "../support/turns.ts";

const WRITERS = {
  canonical: writers.writeCanonicalJson,
  insertion: writers.writeInsertionJson,
  rest: writers.writeRestJson,
  sortedRest: writers.writeSortedRestJson,
  rapid: writers.writeRapidJson,
  sortedAscii: writers.writeSortedAsciiJson,
  spacedAscii: writers.writeSpacedAsciiJson,
} as const;

// Object.keys() gives no more than names.
const NAMES = Object.keys(WRITERS) as (keyof typeof WRITERS)[];

/** Long in each of the ways in which a value can be. */
const LONG: readonly (readonly [string, PyJson])[] = [
  ["texts", Array(20_000).fill("a")],
  ["objects", Array(20_000).fill({})],
  ["members", pyObject(range(20_000).map((at) => [`k${(at * 7919) % 20_000}é`, at]))],
  ["members of digits", pyObject(range(10_000).map((at) => [`${at}`, new PyFloat(at / 7)]))],
  ["one text", { text: `"${"x".repeat(200_000)}\n` }],
  [
    "all of it, inside each other",
    range(100).reduce((inner: PyJson, at) => {
      return pyObject([[`z${at}`, Array(250).fill(at)], ["a", [inner, null, true]]]);
    }, "inmost"),
  ],
];

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function told(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

Deno.test("long values are written a step at a time as they are at once", () => {
  for (const [what, value] of LONG) {
    assertEquals(isLong(value), true, what);
    for (const name of NAMES) {
      const expected = told(() => WRITERS[name](value));
      assertEquals(told(() => atOnce(writing(value, name))) === expected, true, `${what}, ${name}`);
    }
  }
});

Deno.test("whatever is inside long values is written a step at a time as it is at once", () => {
  const padding = "x".repeat(70_000);
  const odd = fc.constantFrom("\ud800", "\ue000", "😀", "1", "__proto__", "\u0001", "é");
  const { value: any } = fc.letrec<{ value: PyJson }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger(),
      fc.bigInt(),
      fc.double().map((number) => new PyFloat(number)),
      fc.string({ unit: "binary" }),
      odd,
      fc.array(tie("value")),
      fc.array(fc.tuple(fc.oneof(fc.string(), odd), tie("value"))).map(pyObject),
    ),
  }));
  fc.assert(fc.property(any, (value) => {
    for (const name of NAMES) {
      const long = [value, padding];
      assertEquals(
        told(() => atOnce(writing(long, name))),
        told(() => WRITERS[name](long)),
      );
    }
  }));
});

Deno.test("long texts are read a step at a time as they are at once", () => {
  for (const [what, value] of LONG) {
    const text = told(() => writers.writeSpacedAsciiJson(value));
    for (const given of [text, ` ${text} x`, text.slice(0, -1), text.replace("a", "\u0001")]) {
      const expected = told(() => writers.writeSpacedAsciiJson(parsePyJson(given)));
      const read = told(() => writers.writeSpacedAsciiJson(atOnce(parsingPyJson(given))));
      assertEquals(read === expected, true, what);
    }
  }
});

Deno.test("long values are told a step at a time as Python tells them", () => {
  for (const [what, value] of LONG) {
    assertEquals(atOnce(writingRepr(value)) === pyRepr(value), true, what);
    assertEquals(
      atOnce(writingRepr([value, { a: value }])) === pyRepr([value, { a: value }]),
      true,
    );
  }
});

Deno.test("a walk comes to all there is, in its order, and not into what it is kept from", () => {
  const value = pyObject([["1", [1, { a: 2 }]], ["b", { c: { d: 3 } }], ["e", null]]);
  const seen: unknown[] = [];
  atOnce(walking(value, (_, key, depth) => {
    seen.push([key, depth]);
    return key !== "c";
  }));
  const expected = [["1", 1], [undefined, 2], [undefined, 2], ["a", 3], ["b", 1], ["c", 2]];
  assertEquals(seen, [...expected, ["e", 1]]);
});

Deno.test("reading, writing and walking long values leaves turns to others", async () => {
  for (const [what, value] of LONG) {
    const text = writers.writeSpacedAsciiJson(value);
    const works: (() => Steps<unknown>)[] = [
      () => parsingPyJson(text),
      ...NAMES.map((name) => () => writing(value, name)),
      () => walking(value, () => true),
      () => writingRepr(value),
    ];
    // One text is one piece, whatever is done with it.
    if (what === "one text") continue;
    for (const work of works) {
      const { turns } = await turnsOf(() => inTurns(work()));
      assertGreater(turns, 2, what);
      let most = 0;
      for (const step of work()) most = Math.max(most, step);
      assertLess(most, 80_000, what);
    }
  }
});
