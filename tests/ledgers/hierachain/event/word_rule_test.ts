import { assertEquals } from "@std/assert";
import type { PyJson } from "../../../../src/python/json.ts";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import {
  blankFieldViolation,
  wordRuleViolation,
} from "../../../../src/ledgers/hierachain/event/word_rule.ts";
import { asObject } from "../../../support/vectors.ts";

function found(fields: string): string | undefined {
  const violation = wordRuleViolation(asObject(parsePyJson(`{"entity_id":"e",${fields}}`)));
  return violation && `${violation.rule} ${violation.field} ${violation.term}`;
}

Deno.test("a refusal names the rule, the field and the word", () => {
  assertEquals(
    found('"event":"s","details":{"a":1,"b":["a Fee"]}'),
    "no_cryptocurrency_terms details.b fee",
  );
  assertEquals(found('"event":"mining now"'), "no_cryptocurrency_terms event mining");
  assertEquals(found('"event":"s","details":"a token"'), "no_cryptocurrency_terms details token");
  assertEquals(
    found('"event":"s","submitted_by":"wallet"'),
    "no_cryptocurrency_terms submitted_by wallet",
  );
  assertEquals(found('"event":"coin_transfer"'), "forbidden_event_type event coin_transfer");
});

Deno.test("keys directly under details pass, keys below them do not", () => {
  assertEquals(
    found('"event":"s","details":{"coin":1,"hash":"fee","event":"fee","details":{"fee":1}}'),
    undefined,
  );
  assertEquals(
    found('"event":"s","details":{"a":{"coin":1}}'),
    "no_cryptocurrency_terms details.a coin",
  );
});

Deno.test("a word ends where Python says it ends", () => {
  assertEquals(found('"event":"s","details":{"a":"éfee feeé fee_ 2fee coffee"}'), undefined);
  assertEquals(
    found('"event":"s","details":{"a":"fee\\u0301"}'),
    "no_cryptocurrency_terms details.a fee",
  );
  assertEquals(
    found('"event":"s","details":{"a":"to\\u212aen"}'),
    "no_cryptocurrency_terms details.a token",
  );
});

Deno.test("nested strings are read as Python prints them, so an escape's letter joins a word", () => {
  assertEquals(
    found('"event":"s","details":{"a":"\\nfee"}'),
    "no_cryptocurrency_terms details.a fee",
  );
  assertEquals(found('"event":"s","details":{"a":["\\nfee"]}'), undefined);
  assertEquals(
    found('"event":"s","details":{"a":["\\token"]}'),
    "no_cryptocurrency_terms details.a token",
  );
});

Deno.test("an identifier or a name of spaces alone is blank, as Python counts spaces", () => {
  const blank = (entity: PyJson, event: PyJson) =>
    blankFieldViolation({ entity_id: entity, event })?.field;
  assertEquals(blank("e", "s"), undefined);
  assertEquals(blank("", "s"), "entity_id");
  assertEquals(blank("e", " \t\u001c\u0085\u3000"), "event");
  assertEquals(blank("\ufeff", "\u200b"), undefined);
  assertEquals(blank(5, "s"), "entity_id");
});
