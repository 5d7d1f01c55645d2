import { isIP } from "node:net";

/**
 * The address a request comes from. What `X-Forwarded-For` says is believed of trusted proxies
 * alone: from its end on, the first address that is none of theirs. A peer that is no trusted proxy
 * is who it is, whatever it says.
 */
export function clientAddress(
  request: Request,
  peer: string,
  trusted: ReadonlySet<string>,
): string {
  if (!trusted.has(peer)) return peer;
  const hops = request.headers.get("x-forwarded-for")?.split(",") ?? [];
  let address = peer;
  for (const hop of hops.reverse()) {
    const said = hop.trim();
    // Nothing before a hop that is no address can be relied on.
    if (isIP(said) === 0) return address;
    address = said;
    if (!trusted.has(said)) return address;
  }
  return address;
}
