import { type Clock, sleep } from "./clock.ts";
import { SWEEP_MOST_MS, SWEEP_MS } from "./limits.ts";

/**
 * Looks again and again for what other processes left undone, until it is stopped: soon after a look
 * that found them at work, and after each that did not twice as long as before. `look` never throws.
 */
export async function sweepOn(
  clock: Clock,
  stopped: AbortSignal,
  look: () => Promise<boolean>,
): Promise<void> {
  for (let pause = SWEEP_MS; !stopped.aborted;) {
    await sleep(clock, pause, stopped);
    if (stopped.aborted) return;
    pause = await look() ? SWEEP_MS : Math.min(2 * pause, SWEEP_MOST_MS);
  }
}
