import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { atOnce } from "../../../../src/kernel/steps.ts";
import { sanitizeText, sanitizing } from "../../../../src/ledgers/hierachain/event/sanitize.ts";

Deno.test("templates are blocked exactly where the original's pattern finds them", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "{{",
    "}}",
    "${",
    "#{",
    "{%",
    "%}",
    "\n",
    "\u2028",
    "x",
    "&",
    "<%",
    "%>",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = pieces.join("");
      const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      const pattern = /\{\{[^\n]*?\}\}|\$\{[^\n]*?\}|#\{[^\n]*?\}|<%[^\n]*?%>|\{%[^\n]*?%\}/g;
      assertEquals(sanitizeText(text), escaped.replace(pattern, "[TEMPLATE_BLOCKED]"));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("keys and values are sanitised at every depth, and keys that become equal are one", () => {
  assertEquals(
    atOnce(sanitizing({ "<": ["'", { "{{a}}": 1 }], "${a}": 1, "#{b}": 2n, ok: true })),
    { "&lt;": ["&#x27;", { "[TEMPLATE_BLOCKED]": 1 }], "[TEMPLATE_BLOCKED]": 2n, ok: true },
  );
});

Deno.test("brackets that never close cost linear time", () => {
  const text = "{{${".repeat(250_000);
  // Where each is looked for to the end, this takes hours.
  assertEquals(sanitizeText(text), text);
});
