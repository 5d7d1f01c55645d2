import { isLoopback } from "./address.ts";

/** A host as a `Host` header or the authority of a URL names it, without its port. */
export interface Host {
  /** In lower case, as URLs write it: addresses in their shortest form, IPv6 in brackets. */
  readonly name: string;
  /** This machine by one of its loopback names or addresses, any other address, or a name. */
  readonly kind: "loopback" | "address" | "name";
}

/** Characters of the longest host there can be, with its port. */
const HOST_CHARS = 253 + ":65535".length;

/** A name, an IPv4 address or one of IPv6 in brackets, and a port or nothing behind the colon. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)(?::(\d{0,5}))?$/i;

/**
 * Reads a `Host` header (RFC 9110, section 7.2). Undefined for whatever could not stand in a URL:
 * such a text must reach nobody who makes a URL of it, because that throws.
 */
export function parseHost(text: string): Host | undefined {
  if (text.length > HOST_CHARS) return undefined;
  const port = HOST.exec(text)?.[1];
  if (!HOST.test(text) || Number(port ?? 0) > 65_535) return undefined;
  const url = URL.parse(`http://${text}/`);
  if (url === null || url.hostname === "") return undefined;
  // A dot at the end of a name says that it is whole.
  const name = url.hostname.replace(/\.$/, "");
  return name === "" ? undefined : { name, kind: kindOf(name) };
}

function kindOf(name: string): Host["kind"] {
  if (isLoopback(name) || name.endsWith(".localhost") || /^\[::ffff:7f..:[\da-f]+\]$/.test(name)) {
    return "loopback";
  }
  return name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name) ? "address" : "name";
}
