import { isIP } from "node:net";

/** Who a platform says that a request is from, `address:port`: it sets it and nobody else can. */
const CLIENT = "x-deno-client-address";

/** How an IPv4 address stands among those of IPv6. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * A request as it was asked for outside. A target in the absolute form has whichever scheme its
 * client likes, and one that comes over a Unix socket has `http+unix`, of which no origin can be
 * made: links are made of the URL, so it gets one of HTTP. `isHosted` says that a platform ends TLS.
 */
export function askedFromOutside(request: Request, isHosted: boolean): Request {
  const url = urlOfWeb(request.url, isHosted ? "https" : undefined);
  return url === request.url ? request : Object.defineProperty(request, "url", { value: url });
}

/** A URL with `scheme`; where none is asked for, with its own if that is one of HTTP, else `http`. */
export function urlOfWeb(url: string, scheme: "http" | "https" | undefined): string {
  const end = url.indexOf("://");
  const own = url.slice(0, end).toLowerCase();
  const isWeb = own === "http" || own === "https";
  if (end < 0 || (isWeb && (scheme === undefined || own === scheme))) return url;
  return (scheme ?? "http") + url.slice(end);
}

/**
 * The address that a request is from: the peer's, or on a platform the one that it tells. Empty where
 * that is not known, as of a Unix socket: all such count as one.
 */
export function clientOf(headers: Headers, peer: Deno.Addr, isHosted: boolean): string {
  const told = isHosted ? headers.get(CLIENT) : null;
  if (told !== null) return withoutPort(told);
  // A runtime that is told to trust that header gives what is in it as the peer's.
  return "hostname" in peer ? peer.hostname.replace(MAPPED, "") : "";
}

function withoutPort(text: string): string {
  const said = text.trim();
  const address = isIP(said) > 0
    ? said
    : said.slice(0, said.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
  return isIP(address) > 0 ? address.replace(MAPPED, "") : "";
}
