import { until } from "./until.ts";

/**
 * Waits until a server says that it is ready. On a machine that is busy it may say for a moment that
 * its store was asked in vain, or that nobody was served.
 */
export async function untilReady(main: string): Promise<void> {
  await until("it is ready", async () => {
    const answer = await fetch(`${main}/readyz`);
    await answer.body?.cancel();
    return answer.ok;
  });
}
