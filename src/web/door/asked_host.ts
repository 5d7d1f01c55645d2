import { type Host, parseHost } from "../../kernel/host.ts";

/** Hosts remembered: clients of a server name it in a few ways, and a stranger in any number. */
const REMEMBERED = 256;

const known = new Map<string, Host | undefined>();

/**
 * The host that a request names, or undefined where it is none: then no URL may be made of the
 * request. A target with an authority of its own counts before the header (RFC 9112, section
 * 3.2.2), and both have to be right. A client of HTTP/1.0 names no host: the runtime puts the
 * server's own address there.
 */
export function askedHost({ url, headers }: Request): Host | undefined {
  const header = headers.get("host");
  const authority = authorityOf(url);
  if (header === null || header === authority) return remembered(authority);
  return remembered(header) && remembered(authority);
}

/** The path of a request's URL, which need not be one: what the client calls its host is in it. */
export function askedPath({ url, headers }: Request): string {
  const host = url.indexOf("://") + "://".length;
  const header = headers.get("host") ?? "";
  const start = url.indexOf("/", url.startsWith(header, host) ? host + header.length : host);
  if (start < 0) return "/";
  const rest = url.slice(start);
  const end = rest.search(QUERY);
  return end < 0 ? rest : rest.slice(0, end);
}

/** Where a path ends. */
const QUERY = /[?#]/;

function authorityOf(url: string): string {
  const start = url.indexOf("://") + "://".length;
  const rest = url.slice(start, start + 1_024);
  const end = rest.search(/[/?#]/);
  return end < 0 ? rest : rest.slice(0, end);
}

function remembered(text: string): Host | undefined {
  if (known.has(text)) return known.get(text);
  const host = parseHost(text);
  if (known.size >= REMEMBERED) known.clear();
  if (text.length < 300) known.set(text, host);
  return host;
}
