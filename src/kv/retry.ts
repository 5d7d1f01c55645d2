import { backoffMs } from "../kernel/backoff.ts";
import { type Clock, Patience, sleep } from "../kernel/clock.ts";
import { type Fault, faultOf } from "./faults.ts";

/** Looks at a page that cannot be read, before it is taken for damage: a disk may fail once. */
const DAMAGE_LOOKS = 3;

/**
 * Repeats an operation that changes nothing while its error may pass, up to `patienceMs`; then
 * throws the last. `told` hears of each.
 */
export async function retryRead<T>(
  clock: Clock,
  patienceMs: number,
  operation: () => Promise<T>,
  told: (fault: Fault) => void = () => {},
): Promise<T> {
  const patience = new Patience(clock, patienceMs);
  for (let attempt = 0;; attempt++) {
    try {
      return await operation();
    } catch (error) {
      const fault = faultOf(error);
      told(fault);
      const mayPass = fault === "away" || fault === "busy" ||
        (fault === "damaged" && attempt + 1 < DAMAGE_LOOKS);
      if (!mayPass || patience.isOver) throw error;
      await sleep(clock, backoffMs(attempt, 250, Math.random));
    }
  }
}
