import { isUpgrade } from "../sockets/upgrade.ts";

/** The subprotocol under which a browser, which cannot set headers, offers a key on a WebSocket. */
const KEY_PROTOCOL = "bearer.";

/**
 * The key that a request shows, the same on every ledger: as `X-API-Key` or as
 * `Authorization: Bearer`, and for a socket also as `?token=` or as the subprotocol `bearer.<key>`.
 * The URL of anything else is not looked at: it is kept in histories and logs. Where there are
 * several, the first of `?token=`, `X-API-Key`, `Authorization` and the subprotocol counts.
 */
export function shownKey(request: Request, isForSocket = isUpgrade(request)): string | undefined {
  const { headers } = request;
  const shown = headers.get("x-api-key") || bearerOf(headers);
  if (!isForSocket) return shown;
  return new URL(request.url).searchParams.get("token") || shown || protocolKeyOf(headers);
}

/** What a request shows as `Authorization: Bearer`, if it does. */
export function bearerOf(headers: Headers): string | undefined {
  const given = headers.get("authorization") ?? "";
  if (!/^bearer /i.test(given)) return undefined;
  return given.slice("bearer ".length).trim() || undefined;
}

/**
 * The subprotocol to answer with where a ledger speaks none: a browser that offers its key as one
 * insists on another being spoken, and the key is never sent back.
 */
export function protocolBesideKey(headers: Headers): string | undefined {
  return protocolKeyOf(headers) === undefined ? undefined : offeredProtocols(headers)[0];
}

/** The subprotocols that a handshake offers, without the one that carries a key. */
export function offeredProtocols(headers: Headers): readonly string[] {
  return protocolsOf(headers).filter((word) => !word.startsWith(KEY_PROTOCOL));
}

/** The key that a WebSocket handshake offers as the subprotocol `bearer.<key>`, if it does. */
function protocolKeyOf(headers: Headers): string | undefined {
  return protocolsOf(headers).find((word) => word.startsWith(KEY_PROTOCOL))
    ?.slice(KEY_PROTOCOL.length);
}

function protocolsOf(headers: Headers): readonly string[] {
  const offered = headers.get("sec-websocket-protocol");
  return offered === null ? [] : offered.split(",").map((word) => word.trim());
}
