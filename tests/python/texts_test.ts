import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { parsePyJson } from "../../src/python/json_parse.ts";
import {
  writeRapidJson,
  writeSortedAsciiJson,
  writeSpacedAsciiJson,
} from "../../src/python/json_write.ts";
import { pyRepr } from "../../src/python/str.ts";
import vectors from "../vectors/python_texts.json" with { type: "json" };

const Value = z.object({
  text: z.string(),
  canonical: z.string(),
  jsonify: z.string(),
  restful: z.string(),
  repr: z.string(),
});

Deno.test("random values are written as Python writes them", () => {
  const values = z.array(Value).parse(vectors.values);
  assert(values.length > 100);
  for (const { text, canonical, jsonify, restful, repr } of values) {
    const value = parsePyJson(text);
    assertEquals(writeRapidJson(value), canonical);
    assertEquals(writeSortedAsciiJson(value), jsonify);
    assertEquals(writeSpacedAsciiJson(value), restful);
    assertEquals(pyRepr(value), repr);
  }
});
