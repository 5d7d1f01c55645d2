import { Pace } from "./turn.ts";

/**
 * Work that can be done a step at a time. Each step says about how many characters it has looked at,
 * and what it returns at its end is the result.
 */
export type Steps<T> = Generator<number, T, void>;

/** Characters looked at between two looks at the clock: a few milliseconds' work. */
const TURN_CHARS = 128 * 1024;

/** Does the work at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Does the work in as many turns of the event loop as it needs, for all others to be served. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  const pace = new Pace(TURN_CHARS);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    const turn = pace.spend(value);
    if (turn !== undefined) await turn;
  }
}
