import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isParsedAtOnce } from "../../src/kernel/json_bounds.ts";

Deno.test("whatever fits into a row of the store is parsed at once", () => {
  const fits = (item: string) => {
    const count = Math.floor(65_534 / (item.length + 1));
    assertEquals(isParsedAtOnce(`[${Array(count).fill(item).join(",")}]`), true, item);
  };
  for (const item of ["[]", "{}", "1", '""', '{"":[]}']) fits(item);
  const members = Array.from({ length: 9_000 }, (_, at) => `"${at}":1`).join(",");
  assertEquals(isParsedAtOnce(`{${members}}`), true);
});

Deno.test("what is in strings does not count, however they end", () => {
  const much = "[{:".repeat(60_000);
  for (const text of [much, `${much}\\\\`, `\\"${much}`, `\\\\\\"${much}\\\\\\\\`]) {
    assertEquals(isParsedAtOnce(`{"text":"${text}"}`), true);
    assertEquals(isParsedAtOnce(`["${text}",${"[".repeat(501)}`), false);
  }
  assertEquals(isParsedAtOnce(`"${much}`), true);
  const bounded = fc.array(fc.string({ unit: "binary" }), { maxLength: 100 });
  fc.assert(fc.property(bounded, (texts) => {
    assertEquals(isParsedAtOnce(JSON.stringify(texts.map((text) => text.repeat(2_000)))), true);
  }));
});

Deno.test("what holds too many lists, objects or members is not, nor what stands too deep", () => {
  for (const item of ["[]", "{}", '{"a":1}']) {
    assertEquals(isParsedAtOnce(`[${Array(60_000).fill(item).join(",")}]`), false, item);
  }
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const nested = (depth: number) => open.repeat(depth) + "1" + close.repeat(depth);
    assertEquals(isParsedAtOnce(nested(500)), true);
    assertEquals(isParsedAtOnce(nested(501)), false);
    assertEquals(isParsedAtOnce(`[${nested(400)},${nested(400)}]`), true);
  }
});
