import fc from "fast-check";
import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  entriesOf,
  isPyObject,
  PyFloat,
  type PyJson,
  PyJsonError,
  PyJsonLimitError,
  PyJsonWriteError,
  pyObject,
} from "../../src/python/json.ts";
import { parsePyJson } from "../../src/python/json_parse.ts";
import {
  writeCanonicalJson,
  writeInsertionJson,
  writeRestJson,
} from "../../src/python/json_write.ts";
import { pyStr } from "../../src/python/str.ts";
import { pyFloatText } from "../../src/python/float_text.ts";

Deno.test("integers and floats stay apart, and integers keep every digit", () => {
  assertEquals(parsePyJson("[5,5.0,5e0,-0,-0.0,9007199254740991,9007199254740993]"), [
    5,
    new PyFloat(5),
    new PyFloat(5),
    0,
    new PyFloat(-0),
    9007199254740991,
    9007199254740993n,
  ]);
  assertEquals(writeRestJson(parsePyJson("[5,5.0,-0,-0.0]")), "[5,5.0,0,-0.0]");
  assertEquals(parsePyJson('{"a": 1.5}'), { a: new PyFloat(1.5) });
  assertEquals(parsePyJson(" -0 "), 0);
  assertEquals(parsePyJson("[NaN,-Infinity,1e999]"), [
    new PyFloat(NaN),
    new PyFloat(-Infinity),
    new PyFloat(Infinity),
  ]);
});

Deno.test("keys keep the order they came in, whatever they look like", () => {
  for (
    const text of [
      '{"b":1,"10":2,"9":3}',
      '{"b":1,"__proto__":{"x":1},"a":2}',
      '{"b":1,"\\u0031":2}',
    ]
  ) {
    const value = parsePyJson(text);
    assertEquals(writeInsertionJson(value), text.replace("\\u0031", "1"));
  }
  assertEquals(parsePyJson('{"a":1,"b":2,"a":3}'), { a: 3, b: 2 });
  assertEquals(parsePyJson('{"a":1,"b":2.0,"a":3}'), { a: 3, b: new PyFloat(2) });
  assertInstanceOf(pyObject([["1", 1]]), Map);
  assertEquals(entriesOf(pyObject([["b", 1], ["a", 2], ["b", 3]])), [["b", 3], ["a", 2]]);
});

Deno.test("what is not JSON is refused with Python's words and its position in code points", () => {
  const refused: [text: string, message: string, position: number][] = [
    ["", "Expecting value", 0],
    ['{"é😀":1,}', "Expecting property name enclosed in double quotes", 8],
    ['["😀" 1]', "Expecting ',' delimiter", 5],
    ['{"a":"b', "Unterminated string starting at", 5],
    ["{} x", "Extra data", 3],
    ["\ufeff{}", "Unexpected UTF-8 BOM (decode using utf-8-sig)", 0],
  ];
  for (const [text, message, position] of refused) {
    const error = assertThrows(() => parsePyJson(text), PyJsonError);
    assertEquals([error.message, error.position], [message, position]);
  }
});

Deno.test("text beyond Python's bounds is refused as such", () => {
  for (
    const text of ["[".repeat(1000) + "]".repeat(1000), "[".repeat(1_000_000), "1".repeat(4301)]
  ) {
    assertThrows(() => parsePyJson(text), PyJsonLimitError);
  }
  assertEquals(parsePyJson(`-${"1".repeat(4300)}`), BigInt(`-${"1".repeat(4300)}`));
});

Deno.test("a lone surrogate is read but cannot be written", () => {
  const value = parsePyJson('{"a":"\\ud800"}');
  assertEquals(value, { a: "\ud800" });
  assertThrows(
    () => writeCanonicalJson(value),
    PyJsonWriteError,
    "str is not valid UTF-8: surrogates not allowed",
  );
  assertThrows(
    () => writeRestJson(value),
    PyJsonWriteError,
    "'utf-8' codec can't encode character '\\ud800' in position 6: surrogates not allowed",
  );
});

Deno.test("what orjson cannot write is refused with its words", () => {
  assertThrows(
    () => writeCanonicalJson(2n ** 64n),
    PyJsonWriteError,
    "Integer exceeds 64-bit range",
  );
  assertThrows(() => writeInsertionJson(-(2n ** 63n) - 1n), PyJsonWriteError);
  assertEquals(
    writeCanonicalJson([2n ** 64n - 1n, -(2n ** 63n)]),
    "[18446744073709551615,-9223372036854775808]",
  );
  const deep = (levels: number) => parsePyJson("[".repeat(levels) + "]".repeat(levels));
  assertEquals(writeCanonicalJson(deep(254)).length, 508);
  assertThrows(
    () => writeCanonicalJson(deep(255)),
    PyJsonWriteError,
    "Recursion limit reached",
  );
  assertThrows(() => writeRestJson(new PyFloat(NaN)), PyJsonWriteError, "not JSON compliant");
  assertEquals(writeCanonicalJson([new PyFloat(NaN), new PyFloat(-Infinity)]), "[null,null]");
  assertThrows(() => writeCanonicalJson(1.5), TypeError);
});

Deno.test("keys sort by code point, not by UTF-16 unit", () => {
  const value = pyObject([["\u{1f600}", 1], ["\uffee", 2], ["z", 3], ["", 4], ["\ue000a", 5], [
    "10",
    6,
  ]]);
  assertEquals(
    writeCanonicalJson(value),
    '{"":4,"10":6,"z":3,"\ue000a":5,"\uffee":2,"\u{1f600}":1}',
  );
  fc.assert(fc.property(fc.uniqueArray(fc.string({ unit: "binary" })), (keys) => {
    const text = writeCanonicalJson(pyObject(keys.map((key) => [key, 1] as const)));
    const encoder = new TextEncoder();
    const bytes = keys.toSorted((a, b) => compareBytes(encoder.encode(a), encoder.encode(b)));
    assertEquals(text, `{${bytes.map((key) => `${JSON.stringify(key)}:1`).join(",")}}`);
  }));
});

Deno.test("any JSON without floats is read as JSON.parse reads it, whatever path reads it", () => {
  fc.assert(fc.property(plainJson(), fc.boolean(), (value, padded) => {
    const text = JSON.stringify(value);
    // The padding's float sends the text down the exact path.
    const parsed = parsePyJson(padded ? `[${text},1.5]` : `[${text},1]`);
    assertEquals(asPlain((parsed as PyJson[])[0] ?? null), JSON.parse(text));
  }));
});

Deno.test("what is written reads back as the same value", () => {
  fc.assert(fc.property(anyPyJson(), (value) => {
    for (const write of [writeRestJson, writeInsertionJson]) {
      assertEquals(parsePyJson(write(value)), value);
    }
    const canonical = writeCanonicalJson(value);
    assertEquals(writeCanonicalJson(parsePyJson(canonical)), canonical);
  }));
});

Deno.test("broken JSON is refused by both parsers or by neither", () => {
  const mutated = fc.tuple(plainJson(), fc.nat(), fc.constantFrom(...'{}[],:"\\0-1.eE tu'));
  fc.assert(
    fc.property(mutated, ([value, place, character]) => {
      const text = JSON.stringify(value);
      const at = place % (text.length + 1);
      const broken = text.slice(0, at) + character + text.slice(at + 1);
      assertEquals(
        refuses(() => parsePyJson(broken)),
        refuses(() => JSON.parse(broken)),
        broken,
      );
    }),
    { numRuns: 3000 },
  );
});

Deno.test("values print as Python prints them", () => {
  const value = parsePyJson(
    '{"a\'b":["x\\"y","it\'s","both\'\\"","\\n\\t\\u0001\\u00a0\\u200b\\ue000é\\\\"],"n":null,"t":[true,false],"f":[1.0,1e-5,NaN,12345678901234567890]}',
  );
  assertEquals(
    pyStr(value),
    `{"a'b": ['x"y', "it's", 'both\\'"', '\\n\\t\\x01\\xa0\\u200b\\ue000é\\\\'], 'n': None, ` +
      "'t': [True, False], 'f': [1.0, 1e-05, nan, 12345678901234567890]}",
  );
  assertEquals(pyStr("it's"), "it's");
  assertEquals(
    ["1e-05", "1e+16", "1e+100", "-1.5e-07", "inf", "-0.0"].map((text) =>
      pyFloatText(text === "inf" ? Infinity : Number(text))
    ),
    ["1e-05", "1e+16", "1e+100", "-1.5e-07", "inf", "-0.0"],
  );
});

function plainJson(): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger().map((integer) => integer + 0),
      fc.string({ unit: "binary" }),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(keyText(), tie("value"), { maxKeys: 5 }),
    ),
  })).value;
}

function anyPyJson(): fc.Arbitrary<PyJson> {
  return fc.letrec<{ value: PyJson }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger().map((integer) => integer + 0),
      fc.bigInt(2n ** 53n, 2n ** 64n - 1n),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => new PyFloat(x)),
      fc.string({ unit: "binary" }),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.array(fc.tuple(keyText(), tie("value")), { maxLength: 5 }).map(pyObject),
    ),
  })).value;
}

function keyText(): fc.Arbitrary<string> {
  return fc.oneof(fc.string({ unit: "binary" }), fc.nat(99).map(String), fc.constant("__proto__"));
}

function asPlain(value: PyJson): unknown {
  if (Array.isArray(value)) return value.map(asPlain);
  if (!isPyObject(value)) return value;
  return Object.fromEntries(entriesOf(value).map(([key, item]) => [key, asPlain(item)]));
}

function refuses(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch {
    return true;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
