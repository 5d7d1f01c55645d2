import { isDeploy, readDue } from "../kv/deploy.ts";

/** How often Deploy is asked to look: as often as it does at the most. */
const EVERY_MINUTE = "* * * * *";

/** The minute of each hour in which the work of an instance that was killed is looked for as well. */
const LOOKED_AT_MINUTE = 0;

/** Starts the server that waits, and resolves when it has done what is due; see `serve`. */
let waker: (() => Promise<void>) | undefined;

/** Resolves once it is known whether the server waits: a cron job may be why there is a process. */
const known = Promise.withResolvers<void>();

/** Says how the server is started that waits for somebody to ask; undefined where it does not wait. */
export function wakeBy(start: (() => Promise<void>) | undefined): void {
  waker = start;
  known.resolve();
}

/**
 * Has Deno Deploy look every minute whether something is due that nobody asks for: it knows of a cron
 * job by a start of the program, so this stands before all else. A look is one read, and none where
 * the server runs, which does its own work.
 */
export function wakeWhereItSleeps(): void {
  if (!isDeploy() || typeof Deno.cron !== "function") return;
  void Deno.cron("what is due", EVERY_MINUTE, async () => {
    await known.promise;
    if (waker === undefined || !isWorthIt(await readDue(), new Date())) return;
    await waker?.();
  });
}

/** Whether to start for what is due at a time. */
export function isWorthIt(due: number | undefined, now: Date): boolean {
  return (due ?? Infinity) <= now.getTime() || now.getUTCMinutes() === LOOKED_AT_MINUTE;
}
