import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { messagesOf } from "../../../src/ledgers/streams/json_messages.ts";

const split = (text: string) => messagesOf(new TextEncoder().encode(text));

Deno.test("a JSON body is cut into messages that keep the client's own text", () => {
  assertEquals(split(`{"a": 1}`), [`{"a": 1}`]);
  assertEquals(split(` [ {"b":[1,2]} , [3,[4]] ,"x,]\\"" ] `), [
    `{"b":[1,2]}`,
    "[3,[4]]",
    `"x,]\\""`,
  ]);
  assertEquals(split(`[12345678901234567890,1.0,{"b":1,"a":2}]`), [
    "12345678901234567890",
    "1.0",
    `{"b":1,"a":2}`,
  ]);
  assertEquals(split("[[[1]]]"), ["[[1]]"]);
  assertEquals(split("[ ]"), []);
});

Deno.test("what is not JSON is told from what is", () => {
  for (const text of ["", " ", "{", "[1,]", "1 2", "[1]x", "'a'"]) {
    assertEquals(split(text), undefined);
  }
  assertEquals(messagesOf(Uint8Array.of(0x22, 0xff, 0x22)), undefined);
});

Deno.test("any JSON array is cut where its parsed form has its elements", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue()), fc.nat(4), (values, indent) => {
    const parts = split(JSON.stringify(values, null, indent)) ?? [];
    assertEquals(
      parts.map((part) => JSON.stringify(JSON.parse(part))),
      values.map((value) => JSON.stringify(value)),
    );
  }));
});
