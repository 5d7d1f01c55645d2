import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import fc from "fast-check";
import { withoutSecrets } from "../../../../src/kernel/secrets.ts";
import { atOnce, inTurns } from "../../../../src/kernel/steps.ts";
import type { FieldError } from "../../../../src/ledgers/hierachain/event/event_fields.ts";
import { refusing } from "../../../../src/ledgers/hierachain/event/refused_body.ts";
import { PyFloat, type PyJson, pyObject } from "../../../../src/python/json.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { FLAW_MESSAGES } from "../../../../src/python/pydantic.ts";
import { turnsOf } from "../../../support/turns.ts";

const WORDS =
  "abandon ability able about above absent absorb abstract absurd abuse access accident";

/** What several errors may repeat. */
const LONG: readonly PyJson[] = [
  Array(20_000).fill({}),
  pyObject(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, "é"])),
  { list: Array(20_000).fill(1), private_key: "mine", words: WORDS },
  "x".repeat(70_000),
  [WORDS, "y".repeat(70_000), "\ud800"],
];

function missing(name: string, input: PyJson): FieldError {
  return { type: "missing", loc: [name], input };
}

/** Their answer, written at once; what cannot be written as what is wrong with it. */
function expected(errors: readonly FieldError[]): string {
  const detail = errors.map((error): PyJson => {
    const { type, input } = error;
    const loc = ["body", ...error.loc];
    if (type === "value_error") {
      return { type, loc, msg: `Value error, ${error.message}`, input, ctx: { error: {} } };
    }
    if (type === "string_too_short") {
      const msg = `String should have at least ${error.bound} characters`;
      return { type, loc, msg, input, ctx: { min_length: error.bound } };
    }
    assert(type !== "string_too_long");
    return { type, loc, msg: FLAW_MESSAGES[type], input };
  });
  try {
    return withoutSecrets(writeRestJson({ detail }));
  } catch (error) {
    assert(error instanceof Error);
    return error.message;
  }
}

function told(errors: readonly FieldError[]): string {
  const refused = atOnce(refusing(errors));
  assert(refused.status !== 400);
  return refused.status === 422 ? refused.pieces.join("") : refused.cause;
}

Deno.test("what errors repeat is told as if all were written at once", () => {
  const short = fc.constantFrom<PyJson>(null, 5, "a", WORDS, [1], {}, new PyFloat(NaN), "\ud800");
  const input = fc.oneof(short, fc.constantFrom(...LONG));
  const error = fc.oneof(
    input.map((given) => missing("a", given)),
    input.map((given): FieldError => ({ type: "extra_forbidden", loc: ["b", 1], input: given })),
    input.map((given): FieldError => (
      { type: "value_error", loc: ["c"], input: given, message: `not "${WORDS}"` }
    )),
    input.map((given): FieldError => (
      { type: "string_too_short", loc: [], input: given, bound: 12 }
    )),
  );
  fc.assert(
    fc.property(fc.array(error, { maxLength: 6 }), (errors) => {
      assertEquals(told(errors) === expected(errors), true);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a long input is written once, and many errors leave turns to others", async () => {
  const [input = null] = LONG;
  let once = 0;
  for (const cost of refusing([missing("a", input)])) once += cost;
  let often = 0;
  for (const cost of refusing(Array(9).fill(missing("a", input)))) often += cost;
  assertLess(often, once * 1.2);
  const many = Array.from({ length: 5_000 }, (_, at) => missing(`k${at}`, at));
  const { turns } = await turnsOf(() => inTurns(refusing(many)));
  assertGreater(turns, 2);
});
