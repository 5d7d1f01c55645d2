import { assertThrows } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { parseChainLine, parseEventLine, parseRowLine } from "../../src/log/event_line.ts";

Deno.test("a line that holds more than any of an export does is refused before it is parsed", () => {
  const nested = "[".repeat(400_000) + "]".repeat(400_000);
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  for (const value of [nested, deep]) {
    for (
      const parse of [
        () => parseChainLine(`{"chain":"a","epoch":"e","next":1,"base":${value}}`),
        () => parseRowLine(`{"row":["a"],"value":${value}}`),
        () => parseEventLine(`{"offset":0,"keys":${value},"data":1}`),
      ]
    ) assertThrows(parse, LedgerError, "not a line of an export");
  }
});
