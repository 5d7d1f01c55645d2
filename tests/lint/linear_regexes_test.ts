import { assertEquals } from "@std/assert";
import plugin from "./linear_regexes.ts";

function messagesOf(source: string, file = "/x/src/a.ts"): string[] {
  return Deno.lint.runPlugin(plugin, file, `${source};\n`).map(({ message }) => message);
}

Deno.test("expressions that take more than linear time are found", () => {
  const faulty = [
    String.raw`/\s+$/`,
    String.raw`/\s*$/m`,
    String.raw`/^\/+|\/+$/g`,
    String.raw`/[ \t-\r]+$/`,
    String.raw`/[a-z]{2,}x/`,
    String.raw`/(--[\w-]+)=x/`,
    String.raw`/^\w+\s*\w+$/`,
    String.raw`/^(a+)+$/`,
    String.raw`/^[\d--5]+\d*x$/v`,
    String.raw`new RegExp("a+$")`,
    String.raw`RegExp("a+$", "u")`,
  ];
  for (const source of faulty) assertEquals([source, messagesOf(source).length], [source, 1]);
  assertEquals(messagesOf(String.raw`/=+$/`), [
    "Not linear: =+ is tried anew from every character of a run of them",
  ]);
  assertEquals(messagesOf("new RegExp(`${a}b`)").length, 1);
});

Deno.test("linear ones pass, and so does all that is no part of the program", () => {
  const right = [
    String.raw`/^\s+/`,
    String.raw`/^[a-z]+$/`,
    String.raw`/\b(\w+:\/\/)[^\s/?#@]*@/g`,
    String.raw`/^[\p{Cc}[\p{Cf}--[\u{200c}]]]+/v`,
    String.raw`/^\d+(?:\.\d+)?$/`,
    String.raw`"a+$"`,
  ];
  for (const source of right) assertEquals([source, messagesOf(source)], [source, []]);
  assertEquals(messagesOf(String.raw`/\s+$/`, "/x/tests/a.ts"), []);
});
