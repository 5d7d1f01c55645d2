import type { Route } from "../http/app.ts";
import type { Forwarding } from "./forwarding.ts";
import type { NodeVersion } from "./node_version.ts";

/**
 * The routes that the node answers which is followed: what changes its ledger or what it keeps in
 * memory, what it alone knows (its peers, its contracts, its wallet, its rules), and what is mined on.
 * All others are answered from its events.
 */
export const FORWARDED: ReadonlySet<string> = new Set([
  // The node itself.
  "/version",
  "/status",
  "/health",
  "/p2p/readiness",
  "/p2p/peers",
  "/p2p/netfilter",
  "/feature",
  "/profiler",
  "/top",
  // What takes something in, or reads it as the node would.
  "/push_tx",
  "/decode_tx",
  "/thin_wallet/send_tokens",
  // What is mined, and who mines.
  "/get_block_template",
  "/submit_block",
  "/getmininginfo",
  "/mining",
  "/miners",
  // What it adds up when it is asked, and keeps.
  "/transaction_acc_weight",
]);

/** Parts of the API of which it answers all. */
const FORWARDED_PARTS = ["/wallet/", "/nano_contract/"];

/** Whether the node that is followed answers a route. */
export function isForwarded(path: string): boolean {
  return FORWARDED.has(path) || FORWARDED_PARTS.some((part) => path.startsWith(part));
}

/** The routes of a node, of which those go to the one that is followed that only it can answer. */
export function withForwarded(
  routes: readonly Route[],
  forwarding: Forwarding,
  version: NodeVersion,
): Route[] {
  return routes.map((route) => {
    if (!isForwarded(route.path)) return route;
    // What is remembered is remembered once.
    if (route.path === "/version") return { ...route, GET: () => version.answer(), getAt: "owner" };
    return sentOn(route, forwarding);
  });
}

function sentOn(route: Route, forwarding: Forwarding): Route {
  const { path, GET, POST, PUT, DELETE } = route;
  const send = (call: Parameters<NonNullable<Route["GET"]>>[0]) => forwarding.answer(path, call);
  return {
    ...route,
    ...GET && { GET: send },
    ...POST && { POST: send },
    ...PUT && { PUT: send },
    ...DELETE && { DELETE: send },
    // The node is as near to every thread.
    getAt: "anywhere",
  };
}
