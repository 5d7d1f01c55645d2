import { setImmediate } from "node:timers";

/**
 * Runs `work` while the event loop goes round, and looks at `done`, which counts what is done of it,
 * in each turn.
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
    turns++;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  try {
    await work();
  } finally {
    isOver = true;
  }
  look();
  return { turns, most };
}
