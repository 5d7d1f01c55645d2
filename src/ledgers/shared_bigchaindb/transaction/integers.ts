import { entriesOf, isPyArray, isPyObject, type PyJson } from "../../../python/json.ts";
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
export function checkIntegers(name: string, value: PyJson | undefined): void {
  if (typeof value === "bigint" && (value < MIN || value > MAX)) {
    throw invalidTransaction(
      "ValidationError",
      `Invalid integer ${value} in ${name} object. An integer cannot exceed 64 bits`,
    );
  }
  if (isPyArray(value)) { for (const item of value) checkIntegers(name, item); }
  else if (isPyObject(value)) {
    for (const [, item] of entriesOf(value)) {
      checkIntegers(name, item);
    }
  }
}
