import fc from "fast-check";
import { assertEquals, assertThrows } from "@std/assert";
import { PyFloat, type PyJson, PyJsonWriteError, pyObject } from "../../src/python/json.ts";
import { writeRapidJson, writeSortedAsciiJson } from "../../src/python/json_write.ts";

Deno.test("sorted text is the same whether the runtime writes it or we do", () => {
  fc.assert(
    fc.property(anyValue(), (value) => {
      for (const write of [writeRapidJson, writeSortedAsciiJson]) {
        // The runtime does not write what has a float in it.
        const ours = told(() => write([value, new PyFloat(1.5)]).slice(1, -",1.5]".length));
        assertEquals(told(() => write(value)), ours);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("sorted text has what the runtime would write otherwise as Python has it", () => {
  const value = pyObject([["b", "\u001f\n"], ["a", { z: 1, toJSON: "é\u007f" }]]);
  assertEquals(writeRapidJson(value), '{"a":{"toJSON":"é\u007f","z":1},"b":"\\u001F\\n"}');
  assertEquals(
    writeSortedAsciiJson(value),
    '{"a":{"toJSON":"\\u00e9\\u007f","z":1},"b":"\\u001f\\n"}',
  );
  assertThrows(() => writeRapidJson({ a: "\ud800" }), PyJsonWriteError);
});

function told(write: () => string): string {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof PyJsonWriteError)) throw error;
    return `${error.name}: ${error.message}`;
  }
}

function anyValue(): fc.Arbitrary<PyJson> {
  const odd = fc.string({
    unit: fc.constantFrom("\u0001", "\ud800", "\u007f", "é", "\ue000", "😀", "\\", "u", '"'),
  });
  const key = fc.oneof(fc.string(), odd, fc.constantFrom("__proto__", "1", "toJSON", "b"));
  return fc.letrec<{ value: PyJson }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger(),
      fc.bigInt(),
      fc.string({ unit: "binary" }),
      odd,
      fc.array(tie("value")),
      fc.array(fc.tuple(key, tie("value"))).map(pyObject),
    ),
  })).value;
}
