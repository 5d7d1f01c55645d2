import { LedgerError } from "../../../kernel/errors.ts";
import { isUpgrade, upgrade } from "../../../sockets/upgrade.ts";
import { admit, isForbidden } from "../../../web/access.ts";
import { protocolBesideKey, shownKey } from "../../../web/bearer.ts";
import type { HttpContext } from "../http/routes.ts";
import { denied } from "../http/responses.ts";
import type { Call } from "../http/router.ts";
import { FRAMERS, type StreamName } from "./frames.ts";
import { readStreamRequest } from "./request.ts";

/**
 * Messages a second that a client may send. They are ignored, so this is only for a flood to end
 * somewhere.
 */
const MESSAGES_PER_SECOND = 10_000;

/** Text of the stream's own server. */
export function plain(body: string, status: number, more: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...more },
  });
}

/** Answers the handshake for a stream: as BigchainDB 2.2.2 where nothing is asked for beside it. */
export async function openStream(
  { service, ledger }: HttpContext,
  stream: StreamName,
  { request, url, remoteAddress }: Call,
): Promise<Response> {
  const { headers } = request;
  if (!isUpgrade(request)) {
    const shown = headers.get("upgrade") ?? "None";
    return plain(`No WebSocket UPGRADE hdr: ${shown}\n Can "Upgrade" only to "WebSocket".`, 400);
  }
  if (headers.get("sec-websocket-key") === null) return plain("Handshake error: None", 400);
  const { access, sockets } = ledger;
  const { name } = service.dialect;
  const chain = stream === "rejected_transactions" ? service.rejected : service.chain;
  const grant = admit(access, shownKey(request));
  if (typeof grant === "string") {
    sockets.refused(name, "unauthorized");
    return denied(grant);
  }
  if (isForbidden(access, grant, "read", chain.name)) {
    sockets.refused(name, "forbidden");
    return denied("forbidden");
  }
  let asked;
  try {
    asked = await readStreamRequest(chain, stream, url.searchParams);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return plain(error.message, error.status);
  }
  const { offset, isPlaced, matcher } = asked;
  const { placed, published } = FRAMERS[stream];
  return upgrade(request, {
    ledger: name,
    hub: sockets,
    visitor: { address: remoteAddress, grant },
    protocol: protocolBesideKey(headers),
    open: (session) => {
      session.follow(chain, offset, { framer: isPlaced ? placed : published, matcher })
        .catch((error) => session.fail(error));
      return { messagesPerSecond: MESSAGES_PER_SECOND, message() {} };
    },
  });
}
