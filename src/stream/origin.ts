import { isLoopback } from "../kernel/address.ts";

/**
 * Whether a browser page of `origin` may open a socket. A page on another site must not reach a
 * server that its visitor can reach. No Origin is no browser. Allowed are the server's own host,
 * what the settings list (`*` for any), and pages on this machine when the server is asked for as
 * this machine.
 */
export function isOriginAllowed(
  origin: string | null,
  host: string | null,
  allowed: readonly string[],
): boolean {
  if (origin === null) return true;
  if (allowed.includes("*") || allowed.includes(origin)) return true;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  if (host === null) return false;
  return url.host === host || (isLoopback(url.hostname) && isLoopback(hostnameOf(host)));
}

function hostnameOf(host: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return "";
  }
}
