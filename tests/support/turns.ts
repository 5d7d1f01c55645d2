import { clearImmediate, setImmediate } from "node:timers";

/**
 * Runs `body` by a clock on which a second passes between two looks: whatever work looks at it hears
 * that its turn is over.
 */
export async function withSlowClock<T>(body: () => Promise<T>): Promise<T> {
  let ms = performance.now();
  Object.defineProperty(performance, "now", { value: () => ms += 1_000, configurable: true });
  try {
    return await body();
  } finally {
    // What was defined lies on the object, over the function of its prototype.
    Reflect.deleteProperty(performance, "now");
  }
}

/**
 * Runs `work` by a slow clock while the event loop goes round, and looks at `done`, which counts what
 * is done of it, in each turn.
 */
export async function turnsOf(
  work: () => Promise<unknown>,
  done: () => number = () => 0,
): Promise<{ readonly turns: number; readonly most: number }> {
  let isOver = false;
  let turns = 0;
  let most = 0;
  let before = done();
  const look = () => {
    const now = done();
    most = Math.max(most, now - before);
    before = now;
  };
  const turn = () => {
    look();
    turns++;
    if (!isOver) next = setImmediate(turn);
  };
  // A runtime that was kept from the processor lets several timers that are due go in one round.
  const betweenTimers = () => {
    look();
    if (!isOver) timer = setTimeout(betweenTimers, 0);
  };
  let next = setImmediate(turn);
  let timer = setTimeout(betweenTimers, 0);
  try {
    await withSlowClock(work);
  } finally {
    isOver = true;
    clearImmediate(next);
    clearTimeout(timer);
  }
  turn();
  return { turns, most };
}
