/** The subprotocol under which a browser, which cannot set headers, offers a key on a WebSocket. */
const KEY_PROTOCOL = "bearer.";

/** The key that a request shows as `Authorization: Bearer`, if it does. */
export function bearerOf(headers: Headers): string | undefined {
  return /^bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** The key that a WebSocket handshake offers as the subprotocol `bearer.<key>`, if it does. */
export function protocolKeyOf(headers: Headers): string | undefined {
  return protocolsOf(headers).find((word) => word.startsWith(KEY_PROTOCOL))
    ?.slice(KEY_PROTOCOL.length);
}

/** The subprotocols that a handshake offers, without the one that carries a key. */
export function offeredProtocols(headers: Headers): readonly string[] {
  return protocolsOf(headers).filter((word) => !word.startsWith(KEY_PROTOCOL));
}

function protocolsOf(headers: Headers): readonly string[] {
  const offered = headers.get("sec-websocket-protocol");
  return offered === null ? [] : offered.split(",").map((word) => word.trim());
}
