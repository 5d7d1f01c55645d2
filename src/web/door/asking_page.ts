import { type Host, parseHost } from "../../kernel/host.ts";

/** Whose page is allowed. */
export interface PageRules {
  /** Origins that the settings list; `*` is any. */
  readonly allowed: readonly string[];
  /** Whether a file of this machine counts as one of its programs. */
  readonly areFilesTrusted: boolean;
}

/** What a browser says of the page that asks. */
export type AskingPage =
  /** No page asks, or one of this server itself. */
  | { readonly kind: "none" }
  /** A page that may do what its key may; `origin` is to be told that it may read the answer. */
  | { readonly kind: "allowed"; readonly origin: string }
  /** A page of somebody else. */
  | { readonly kind: "foreign" };

const NONE: AskingPage = { kind: "none" };
const FOREIGN: AskingPage = { kind: "foreign" };

/** The page that a request to `host` comes from. */
export function askingPage(
  { headers, method }: Pick<Request, "headers" | "method">,
  host: Host,
  rules: PageRules,
): AskingPage {
  const origin = headers.get("origin");
  if (origin !== null) {
    const isAllowed = isOriginAllowed(origin, headers.get("host"), host, rules);
    return isAllowed ? { kind: "allowed", origin } : FOREIGN;
  }
  switch (headers.get("sec-fetch-site")) {
    case null:
      return isByBrowser(headers, method) ? FOREIGN : NONE;
    case "same-origin":
    case "none":
      return NONE;
    case "same-site":
      // Another port of this machine's, as for pages that tell their origin.
      return host.kind === "loopback" ? NONE : FOREIGN;
    default:
      return FOREIGN;
  }
}

/** `fetch` of Node tells its mode, `cors`, and no more; forms and images are a browser's alone. */
function isByBrowser(headers: Headers, method: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const mode = headers.get("sec-fetch-mode");
  return mode === "no-cors" || mode === "navigate";
}

/**
 * Whether a page of `origin` is one of the server's: of its own host whatever the port, listed, of
 * this machine where the server is asked for as this machine, or a file where those are trusted
 * (wallets in Electron are files). `null`, which any page can have by a sandboxed frame, never is.
 * An origin without a scheme comes from programs that repeat the host (Java's WebSockets).
 */
export function isOriginAllowed(
  origin: string,
  header: string | null,
  host: Host,
  { allowed, areFilesTrusted }: PageRules,
): boolean {
  if (allowed.includes("*") || allowed.includes(origin)) return true;
  if (origin === "" || origin === "null") return false;
  if (!origin.includes("://")) return origin.toLowerCase() === header?.toLowerCase();
  if (origin === "file://") return areFilesTrusted && host.kind === "loopback";
  const authority = /^https?:\/\/([^/]+)\/?$/i.exec(origin)?.[1];
  const page = authority === undefined ? undefined : parseHost(authority);
  if (page === undefined) return false;
  return page.name === host.name || (page.kind === "loopback" && host.kind === "loopback");
}
