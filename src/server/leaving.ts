import { type Clock, sleep } from "../kernel/clock.ts";
import { SHUTDOWN_MS } from "../kernel/limits.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { OpenPort } from "./edge/edge.ts";
import type { Mounted } from "./mounted.ts";

/** Milliseconds that sockets have for the closing handshake before the ports are closed. */
const DRAIN_MS = 1_000;

/** Milliseconds that ledgers have at the least to close what is open, whatever clients do. */
const CLOSING_MS = 750;

/** Milliseconds after which the connections that are left are cut. */
export const CUT_MS = SHUTDOWN_MS - 1_000 - CLOSING_MS;

/** What has connections. */
export interface Connected {
  readonly mounted: readonly Mounted[];
  readonly sockets: SocketHub;
  readonly ports: readonly Pick<OpenPort, "shutdown" | "cut">[];
  readonly clock: Clock;
}

/**
 * Ends all connections: no new ones, requests in hand are answered, sockets hear 1001. Whatever is
 * left after {@linkcode CUT_MS} is cut; resolves then at the latest, with whether nothing was.
 */
export async function endConnections(
  { mounted, sockets, ports, clock }: Connected,
): Promise<boolean> {
  const cancelled = new AbortController();
  for (const { ledger } of mounted) ledger.drain?.();
  const orderly = (async () => {
    // Sockets first: the runtime's shutdown would close them without a close frame of ours. Meanwhile
    // requests are answered still, and readiness tells load balancers to send no more.
    const areGone = await Promise.race([
      sockets.drain().then(() => true),
      sleep(clock, DRAIN_MS, cancelled.signal).then(() => false),
    ]);
    await Promise.all(ports.map((port) => port.shutdown()));
    return areGone;
  })();
  const deadline = sleep(clock, CUT_MS, cancelled.signal).then(() => false);
  const isOrderly = await Promise.race([orderly, deadline]);
  for (const port of ports) port.cut();
  cancelled.abort();
  return isOrderly;
}
