import { askedUrl } from "./asked_url.ts";

/** The subprotocol under which a browser, which cannot set headers, offers a key on a WebSocket. */
const KEY_PROTOCOL = "bearer.";

/**
 * The key that a request shows, the same on every ledger: as `X-API-Key`, else as `Authorization:
 * Bearer`. Its URL is not looked at: that is kept in histories and logs.
 */
export function shownKey({ headers }: Request): string | undefined {
  return headers.get("x-api-key") || bearerOf(headers);
}

/**
 * The key that a request for a socket shows: as `?token=`, else as {@linkcode shownKey}, else as the
 * subprotocol `bearer.<key>`.
 */
export function shownSocketKey(request: Request): string | undefined {
  return askedUrl(request).searchParams.get("token") || shownKey(request) ||
    protocolsOf(request.headers).find(carriesKey)?.slice(KEY_PROTOCOL.length) || undefined;
}

/** What a request shows as `Authorization: Bearer`, if it does. */
export function bearerOf(headers: Headers): string | undefined {
  const given = headers.get("authorization") ?? "";
  if (!/^bearer /i.test(given)) return undefined;
  return given.slice("bearer ".length).trim() || undefined;
}

/**
 * The subprotocol to answer with: the first of those that are spoken which the client offers. A
 * browser that offers its key as one insists on another being answered, so where a key is offered
 * whatever stands beside it will do. The key itself is never sent back.
 */
export function protocolSpoken(headers: Headers, spoken: readonly string[]): string | undefined {
  const offered = protocolsOf(headers);
  const others = offered.filter((word) => !carriesKey(word));
  return others.find((word) => spoken.includes(word)) ??
    (others.length < offered.length ? others[0] : undefined);
}

function carriesKey(protocol: string): boolean {
  return protocol.startsWith(KEY_PROTOCOL);
}

function protocolsOf(headers: Headers): readonly string[] {
  const offered = headers.get("sec-websocket-protocol");
  return offered === null ? [] : offered.split(",").map((word) => word.trim());
}
