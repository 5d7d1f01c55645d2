import { batchRequest } from "./events.ts";
import type { ServerProcess } from "./processes.ts";
import { closedLoop } from "./raw_http.ts";
import { Crowd, type CrowdOptions } from "./raw_ws.ts";

/** Events of one request that fills a chain: the most that the API takes. */
const FILL_EVENTS = 400;

/** Fills a chain with at least `events` events. */
export async function fill(server: ServerProcess, chain: string, events: number): Promise<void> {
  const requests = Array.from(
    { length: 10 },
    (_, at) => batchRequest(chain, at * FILL_EVENTS, FILL_EVENTS),
  );
  await closedLoop(server.port, 4, requests, { requests: Math.ceil(events / FILL_EVENTS) });
}

/** Clients that are subscribed to what is appended to a chain from now on. */
export async function subscribed(
  server: ServerProcess,
  chain: string,
  count: number,
  options: CrowdOptions = {},
): Promise<Crowd> {
  const crowd = await Crowd.connect(server.port, count, options);
  await crowd.sendAll(JSON.stringify({ action: "subscribe", chain_name: chain }));
  // A subscription has no answer of its own, but messages of one socket are answered in order.
  await crowd.sendAll(JSON.stringify({ action: "ping" }));
  await crowd.waitFor(count);
  return crowd;
}

/** The message that asks for a chain from its beginning. */
export function fromEarliest(chain: string): string {
  return JSON.stringify({ action: "subscribe", chain_name: chain, from: "earliest" });
}
