import { LedgerError } from "../../../kernel/errors.ts";
import { withoutSecrets } from "../../../kernel/secrets.ts";
import { isUpgrade } from "../../../sockets/upgrade.ts";
import { openSocket, type SocketOpening } from "../../../web/open_socket.ts";
import type { HttpContext } from "../http/routes.ts";
import { BIGCHAINDB_WORDS } from "../http/router.ts";
import { FRAMERS, type StreamName } from "./frames.ts";
import { readStreamRequest } from "./request.ts";

/**
 * Messages a second that a client may send. They are ignored, so this is only for a flood to end
 * somewhere.
 */
const MESSAGES_PER_SECOND = 10_000;

/** Text of the stream's own server. */
export function plainText(
  body: string,
  status: number,
  more: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plainText; charset=utf-8", ...more },
  });
}

/** Answers the handshake for a stream: as BigchainDB 2.2.2 where nothing is asked for beside it. */
export function openStream(
  { service, shared }: HttpContext,
  stream: StreamName,
  request: Request,
  address: string,
): Response | Promise<Response> {
  const { headers } = request;
  if (!isUpgrade(request)) {
    const shown = headers.get("upgrade") ?? "None";
    return plainText(
      `No WebSocket UPGRADE hdr: ${shown}\n Can "Upgrade" only to "WebSocket".`,
      400,
    );
  }
  if (headers.get("sec-websocket-key") === null) return plainText("Handshake error: None", 400);
  const isRejected = stream === "rejected_transactions";
  // What is not kept is told to nobody: neither what would come nor what is there of before.
  if (isRejected && !service.keepsRejected) return plainText("404: Not Found", 404);
  const chain = isRejected ? service.rejected : service.chain;
  const { dialect } = service;
  // Read here: what a socket keeps would keep the request as well.
  const query = new URL(request.url).searchParams;
  const prepare = async (): Promise<SocketOpening | Response> => {
    try {
      const { offset, isPlaced, matcher, shown } = await readStreamRequest(
        chain,
        stream,
        query,
        dialect,
      );
      const { placed, published } = FRAMERS[stream];
      return (session) => {
        const framer = isPlaced ? placed : published;
        session.follow(chain, offset, { framer, matcher, filter: () => shown })
          .catch((error) => session.fail(error));
        return { messagesPerSecond: MESSAGES_PER_SECOND, message() {} };
      };
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return plainText(withoutSecrets(error.message), error.status);
    }
  };
  return openSocket(shared, request, address, {
    ledger: service.dialect.name,
    need: { scope: "read", chain: chain.name },
    words: BIGCHAINDB_WORDS,
    prepare,
  });
}
