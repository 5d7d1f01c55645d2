import fc from "fast-check";

/** Texts of JSON that Python reads, with what JavaScript's has not, or would read as something else. */
const ODD_NUMBERS = [
  "NaN",
  "Infinity",
  "-Infinity",
  "1e400",
  "-1e400",
  "1e-400",
  "-0",
  "-0.0",
  "1E5",
  "1e16",
  "1.5e-7",
  "0.00001",
  "9007199254740993",
  "-9223372036854775808",
  "18446744073709551615",
  "18446744073709551616",
  "9".repeat(400),
];

/** A text as JSON: any characters, halves of some among them. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '""',
    '"__proto__"',
    '"constructor"',
    '"10"',
    '"4294967295"',
    '"\\ud800"',
    '"a\\udc00b"',
    '"\\u0000"',
    '"\\u001f\\u007f\\u2028"',
    '"data"',
    '"entity_id"',
    '"\\"entity_id\\":\\"e\\""',
    '"{{x}}"',
    '"<&>\\"\'"',
  ),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => JSON.stringify(text)),
);

/** Any JSON as Python reads it. */
export const oddJson: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("null", "true", "0", "{}", "[]", ...ODD_NUMBERS),
    oddText,
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    objectOf(tie("value")),
  ),
})).value;

/** Any object. */
export const oddObject: fc.Arbitrary<string> = objectOf(oddJson);

function objectOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(fc.tuple(oddText, value), { maxLength: 3 })
    .map((members) => `{${members.map(([key, text]) => `${key}:${text}`).join(" , ")}}`);
}
