import { sleep, systemClock } from "../../kernel/clock.ts";
import type { Configured } from "../../kernel/configuration.ts";
import { checkAssigned, isDeploy } from "../../kv/deploy.ts";
import { listenEarly } from "../../server/edge/early_port.ts";
import type { Server } from "../../server/server.ts";
import type { serverSettings } from "../../server/settings.ts";
import { onStopSignal } from "../terminal/signals.ts";
import { wakeBy } from "../../server/waking.ts";

/** Milliseconds for which whoever woke a server stays, while something is due. */
const WORK_MS = 30_000;

/** Milliseconds between looks whether something still is. */
const LOOK_MS = 250;

/** What is done once the server runs that somebody woke: what is due. */
export type Woken = (server: Server) => Promise<void>;

/**
 * Waits for whoever needs the server. On Deno Deploy the program is started by a build and by a cron
 * job as well: it listens at once there, and the store is opened with the first request, or where
 * something is due. Undefined where it is stopped before; elsewhere there is no wait. Throws
 * `store_refused`.
 */
export async function sleepUntilWoken(
  { values: { host, port }, given }: Configured<typeof serverSettings>,
): Promise<Woken | undefined> {
  if (!isDeploy() || port === undefined || given.has("store")) {
    wakeBy(undefined);
    return () => Promise.resolve();
  }
  // A build without a database fails, and says why.
  await checkAssigned();
  const early = listenEarly(given.has("host") ? host : "0.0.0.0", port);
  const woken = Promise.withResolvers<true>();
  const worked = Promise.withResolvers<void>();
  let isDue = false;
  wakeBy(() => {
    isDue = true;
    woken.resolve(true);
    return worked.promise;
  });
  const stopped = Promise.withResolvers<false>();
  const remove = onStopSignal(() => stopped.resolve(false));
  const asked = early.asked.then(() => true);
  const isWoken = await Promise.race([asked, woken.promise, stopped.promise]);
  remove();
  if (!isWoken) {
    await early.server.shutdown();
    return undefined;
  }
  return async (server) => {
    wakeBy(undefined);
    if (isDue) await workThrough(server);
    worked.resolve();
  };
}

/** Resolves when nothing is due any more, or after a while. */
async function workThrough(server: Server): Promise<void> {
  for (let waited = 0; waited < WORK_MS; waited += LOOK_MS) {
    if ((await server.nextDue() ?? Infinity) > systemClock.now()) return;
    await sleep(systemClock, LOOK_MS);
  }
}
