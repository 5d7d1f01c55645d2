import { assertEquals } from "@std/assert";
import { z } from "zod";
import { SchemaBook } from "../../../src/server/docs/schema_book.ts";

Deno.test("what is taken and given by one schema is told as each, whichever is asked for first", () => {
  const schema = z.object({ limit: z.number().default(100) });
  for (const sides of [["input", "output"], ["output", "input"]] as const) {
    const book = new SchemaBook("draft-2020-12");
    const required = sides.map((side) => [side, book.of(schema, side).required]);
    assertEquals(Object.fromEntries(required), { input: undefined, output: ["limit"] });
  }
});
