import type { Steps } from "../../../kernel/steps.ts";
import type { PyJson } from "../../../python/json.ts";
import { walking } from "../../../python/json_walk.ts";
import { invalidTransaction } from "./refusal.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/**
 * Refuses an integer outside 64 bits. The originals' stores cannot hold one either: there it passes
 * all checks and then stops the chain.
 *
 * @param name what `value` is, for the message
 * @throws {TransactionRefused} ValidationError
 */
export function* checkingIntegers(name: string, value: PyJson | undefined): Steps<void> {
  const check = (item: PyJson | undefined) => {
    if (typeof item !== "bigint" || (item >= MIN && item <= MAX)) return true;
    throw invalidTransaction(
      "ValidationError",
      `Invalid integer ${item} in ${name} object. An integer cannot exceed 64 bits`,
    );
  };
  check(value);
  yield* walking(value, check);
}
