import fc from "fast-check";
import { amount } from "./amounts.ts";

/** The same messages come again for the same seed. */
export const SEED = amount("LEDGER_FUZZ_SEED", 20_261_122);

/** How many messages each dialect is sent. */
export const MESSAGES = amount("LEDGER_FUZZ_MESSAGES", 1_500);

/** A message as a client may send it. */
export type Mangled = string | Uint8Array<ArrayBuffer>;

/** A valid message with a few characters of it replaced, dropped or doubled. */
function edited(valid: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(
    fc.constantFrom(...valid),
    fc.array(fc.tuple(fc.nat(80), fc.nat(3), fc.string({ maxLength: 3, unit: "binary" })), {
      minLength: 1,
      maxLength: 4,
    }),
  ).map(([text, edits]) =>
    edits.reduce(
      (now, [at, dropped, put]) => now.slice(0, at) + put + now.slice(at + dropped),
      text,
    )
  );
}

/**
 * Messages that no client means: valid ones and such that have been changed, those of `odd`, which
 * have the right fields with values that nobody expects, and all sorts of others.
 */
export function mangled(valid: readonly string[], odd: fc.Arbitrary<string>): Mangled[] {
  const messages = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...valid) },
    { weight: 4, arbitrary: edited(valid) },
    { weight: 4, arbitrary: odd },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: fc.nat(2_000).map((depth) => "[".repeat(depth)) },
  );
  return fc.sample(messages, { seed: SEED, numRuns: MESSAGES }).map((message) =>
    typeof message === "string" ? message.toWellFormed() : new Uint8Array(message)
  );
}
