import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../kernel/errors.ts";
import { SHUTDOWN_MS } from "../kernel/limits.ts";
import { isDeploy } from "../kv/deploy.ts";
import type { Store } from "../kv/store.ts";
import type { Log } from "../log/log.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { LedgerDefinition } from "../web/ledger.ts";
import { noteDue } from "./due.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Extended, Extension } from "./extension.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { Guard } from "./guard.ts";
import { CUT_MS, endConnections } from "./leaving.ts";
import type { Mounted } from "./mounted.ts";
import type { Ports } from "./ports.ts";
import type { Renewal } from "./renewal.ts";
import type { Scrubber } from "./scrubber.ts";
import type { Threads } from "./threads.ts";
import type { ServerWatch } from "./watching.ts";

const logger = getLogger(["ledgerline", "server"]);

/** What there is of a server, from its start to its stop. */
export interface Running {
  readonly store: Store;
  readonly clock: Clock;
  readonly waits: Clock;
  readonly extend: ((extended: Extended) => Extension) | undefined;
  readonly ledgers: readonly LedgerDefinition[];
  /** Whether it is the program as it is, which another thread can make as well. */
  readonly isWhole: boolean;
  readonly frontModule: URL;
  readonly frontShared: unknown;
  readonly mounted: Mounted[];
  threads?: Threads | undefined;
  ports?: Ports;
  log?: Log;
  guard?: Guard;
  scrubber?: Scrubber;
  renewal?: Renewal;
  following?: RemoteFollowing | undefined;
  turns?: EventLoop;
  watching?: ServerWatch;
  isDraining: boolean;
  stopNotes?: () => void;
  /** Aborted when the server stops, for requests that would wait for ever. */
  readonly stopping: AbortController;
}

/** Stops it in order; whether nothing was cut off. */
export async function stopServer(
  running: Running,
  log: Log,
  sockets: SocketHub,
  ports: Ports,
): Promise<boolean> {
  const { clock, mounted, store, threads } = running;
  running.isDraining = true;
  const cancelled = new AbortController();
  running.stopping.abort();
  const unfollowed = running.following?.stop();
  const until = (ms: number) => sleep(clock, ms, cancelled.signal).then(() => false);
  const deadline = until(SHUTDOWN_MS - 1_000);
  const areEnded = await Promise.all([
    threads?.isServing === false || endConnections({ mounted, sockets, ports: [ports], clock }),
    // They cut what is left by then themselves.
    threads === undefined || Promise.race([threads.drain(), until(CUT_MS + 100)]),
  ]);
  const isOrderly = !areEnded.includes(false);
  await threads?.close();
  if (isDeploy()) {
    const noted = noteDue(store, mounted.map(({ ledger }) => ledger)).catch((error: unknown) => {
      logger.warn("what is due is not noted: {error}", { error: messageOf(error) });
    });
    await Promise.race([noted, deadline]);
  }
  // Appends under way may wait for a store that does not answer.
  const ending = Promise.allSettled([
    ...mounted.map(({ ledger }) => ledger.stop()),
    running.guard?.keys.stored.stop(),
    running.scrubber?.stop(),
    unfollowed,
    running.renewal?.stop(),
  ]);
  const areStopped = await Promise.race([ending.then(() => true), deadline]);
  await Promise.race([log.close(), sleep(clock, 900, cancelled.signal)]);
  running.stopNotes?.();
  running.turns?.stop();
  running.watching?.stop();
  await Promise.race([store.life?.note(), sleep(clock, 500, cancelled.signal)]);
  cancelled.abort();
  store.close();
  return isOrderly && areStopped;
}

/** Gives back what there is of a server that could not start. Returns the error to say why. */
export async function abandon(running: Running, error: unknown): Promise<unknown> {
  await running.ports?.shutdown().catch(() => {});
  await running.threads?.close();
  await running.following?.stop();
  await running.guard?.keys.stored.stop();
  running.stopNotes?.();
  running.turns?.stop();
  running.watching?.stop();
  await running.log?.close();
  running.store.close();
  return placed(error, running.store);
}

/** An error of damage, with the store that it is in. */
function placed(error: unknown, store: Store): unknown {
  if (!isDamage(error)) return error;
  const text = `${store.description} cannot be served: ${error.message}`;
  return new LedgerError("damaged", text, error.details, error);
}
