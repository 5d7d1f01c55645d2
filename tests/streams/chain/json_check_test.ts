import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Pace } from "../../../src/kernel/turn.ts";
import { isJsonText } from "../../../src/streams/chain/json_check.ts";
import { messagesOf } from "../../../src/streams/chain/json_messages.ts";
import { turnsOf } from "../../support/turns.ts";

/** More white space than the runtime's parser is given at once. */
const LONG = " ".repeat(65 * 1_024);

const check = (text: string) => isJsonText(text, [], new Pace(64 * 1_024));

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("long texts are JSON where the runtime's parser takes them", async () => {
  const texts = [
    ...["", " ", "1", "-0", "01", "1.", ".5", "1e", "1e+5", "-", "+1", "0x1", "NaN", "Infinity"],
    ...["true", "tru", "truex", "nul", "null", "falsefalse", "[true false]", "1 2", "[1]x"],
    ...["[", "]", "{", "}", "[]", "{}", "[}", "{]", "[,]", "[1,]", "[,1]", "[[],[]]", "[1]]"],
    ...['{"a":1}', '{"a":1,}', '{,"a":1}', '{"a"}', '{"a":}', '{"a" : [ ] , "b":{}}', "{1:2}"],
    ...['{"a":1 "b":2}', '{"a":1}{', "[1 2]", '"a"', '"a', 'a"', '""', '[""""]', '{"a""b"}'],
    ...['"\\n"', '"\\x"', '"\\', '"\\"', '"\\""', '"\\\\"', '"\\\\""', '"\\u00e9"', '"\\u00g9"'],
    ...['"\\u00"', '"a\\nb\\"c\\\\"', '"\n"', '"\t"', '"\u0000"', '"\u2028\ufeff"', "\ufeff1"],
    ...["\u00a01", "[\f1]", "'a'", '{"\\n\\"":"\\""}', '{"a\n":1}', '"\\n\n"'],
  ];
  for (const text of texts) {
    assertEquals([text, await check(LONG + text)], [text, isParsed(text)]);
    assertEquals([text, await check(text + LONG)], [text, isParsed(text + LONG)]);
  }
});

Deno.test("any JSON is, and is not once a character is put into it, as the parser says", async () => {
  const inserted = fc.constantFrom(...'[]{}:,"\\ne1-.t\n '.split(""));
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), inserted, fc.nat(), async (value, more, at) => {
      const text = JSON.stringify(value);
      const place = at % (text.length + 1);
      const changed = text.slice(0, place) + more + text.slice(place);
      assert(await check(LONG + text));
      assertEquals(await check(LONG + changed), isParsed(changed), changed);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a long array is read in parts that are cut between its elements", async () => {
  const long = `"${"x".repeat(40 * 1_024)}"`;
  const longer = `"${"x".repeat(70 * 1_024)}"`;
  const texts = [
    ...[`[${long},${long},1]`, `[1,${long},${long}]`, `[${long},1,2,${longer},3]`, `[${longer},1]`],
    ...[`[${long},${long},]`, `[,${long},${long}]`, `[${long},,${long}]`, `[${long},${long} ]`],
    ...[
      `[${long},${long}]]`,
      `[${long},${long}],[1]`,
      `[${long},${long}][1,2]`,
      `[${long},${long}`,
    ],
    ...[
      `[${long},${long}]\u00a0`,
      `[${long},${long}]x`,
      `[${long},${longer},]`,
      `[${longer},{"a":1]`,
      `[${longer},"]`,
    ],
    ...[`[${long},\u00a0,${long}]`, `[${longer},\f1]`, `[[${long},${long}],[${long},2]]`],
  ];
  for (const text of texts) {
    const found = await messagesOf(new TextEncoder().encode(text));
    assertEquals([text.replaceAll(/x+/g, "x"), Array.isArray(found)], [
      text.replaceAll(/x+/g, "x"),
      isParsed(text),
    ]);
  }
});

Deno.test("others are served while a long text is read, whatever is in it", async () => {
  const members = Array.from({ length: 60_000 }, (_, at) => `"m${at}":1`);
  const texts = [
    `{${members.join()}}`,
    `"${"\\n".repeat(300_000)}"`,
    `"${"a\\n".repeat(200_000)}"`,
    `[${"1,".repeat(300_000)}1]`,
  ];
  for (const text of texts) {
    const { turns } = await turnsOf(async () => assert(await check(text)));
    assert(turns > 8, `${turns} turns`);
  }
});
