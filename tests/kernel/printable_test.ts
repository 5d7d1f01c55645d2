import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { printable, printableLines } from "../../src/kernel/printable.ts";

Deno.test("what does not show is written as JSON writes it, and all else stays", () => {
  const cases: [string, string][] = [
    ["streams/hello", "streams/hello"],
    ["Überweisung – 日本語 🎉 \\n", "Überweisung – 日本語 🎉 \\n"],
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\x1b[2J\x1b]0;title\x07", "\\u001b[2J\\u001b]0;title\\u0007"],
    ["\x9b31m\x7f\0", "\\u009b31m\\u007f\\u0000"],
    ["\u202egnp.\u2066x\u2069\u200f", "\\u202egnp.\\u2066x\\u2069\\u200f"],
    ["a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d"],
    ["a\u200bb\ufeffc\u00add", "a\\u200bb\\ufeffc\\u00add"],
    ["\u{e0041}", "\\udb40\\udc41"],
    ["\ud800x", "\\ud800x"],
    // Joiners are letters of some scripts, and hold emoji together.
    ["می\u200cخواهم 👨\u200d👩", "می\u200cخواهم 👨\u200d👩"],
  ];
  for (const [text, shown] of cases) assertEquals(printable(text), shown);
  assertEquals(printableLines("a\x1bb\nc\u202ed\n"), "a\\u001bb\nc\\u202ed\n");
});

Deno.test("JSON that has been made printable is the same value, and nothing in it is unseen", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const shown = printable(JSON.stringify({ [text]: text }));
    assertEquals(JSON.parse(shown), { [text]: text });
    assert(!/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(shown));
  }));
});
