import { systemClock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import { openStore } from "../../kv/open.ts";
import { Log } from "../../log/log.ts";
import { ChainTools, type OnProgress } from "../../server/admin/chain_tools.ts";
import { chainProjection } from "../../server/projections.ts";
import { holding } from "../terminal/signals.ts";

/** Opens a store for a task, and closes it, also where the process is asked to stop meanwhile. */
export async function withLog<T>(location: string, task: (log: Log) => Promise<T>): Promise<T> {
  const store = await openStore(location, systemClock);
  const log = new Log(store, { projectionOf: chainProjection });
  const close = async () => {
    await log.close();
    await store.life?.note();
    store.close();
  };
  let closing: Promise<void> | undefined;
  return await holding(() => closing ??= close(), () => task(log));
}

/** Verifies every chain, and counts them. Throws `damaged` with the first that is. */
export async function verifyChains(
  log: Log,
  progress: OnProgress,
): Promise<{ readonly chains: number; readonly events: number }> {
  const tools = new ChainTools(log);
  let [chains, events] = [0, 0];
  for await (const { name, head, failure } of log.heads()) {
    if (head === undefined) throw failure;
    const report = await tools.verify(name, progress);
    if (!report.ok) {
      throw new LedgerError("damaged", `${name} is damaged: ${report.damages[0]?.reason}`);
    }
    chains++;
    events += report.events;
  }
  return { chains, events };
}
