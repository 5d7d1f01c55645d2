import { type Grant, isForbidden } from "../../web/access.ts";
import type { LedgerContext } from "../../web/ledger.ts";
import { offeredProtocols } from "../../web/bearer.ts";
import { isUpgrade, upgrade } from "../../sockets/upgrade.ts";
import { badRequest } from "../chain/errors.ts";
import { layoutOf } from "../chain/layout.ts";
import { problem } from "../http/responses.ts";
import type { StreamService } from "../chain/service.ts";
import { positionOfStart } from "./start.ts";
import { readSocketQuery } from "./request.ts";
import { type Opening, StreamSocket } from "./socket.ts";

/** The subprotocol that WEBSOCKET.md describes. A client need not offer it. */
const PROTOCOL = "ledgerline.v1";

/** What a handshake needs beside the request. */
export interface SocketContext {
  readonly service: StreamService;
  readonly ledger: Pick<LedgerContext, "access" | "sockets">;
  /** Who asks, whose key covers what the socket is for. */
  readonly visitor: { readonly address: string; readonly grant: Grant };
}

/** Whether a request is for a socket, or asks what the handshake for one would be answered with. */
export function isForSocket(request: Request): boolean {
  return isUpgrade(request) || new URL(request.url).searchParams.get("live") === "ws";
}

/** Whether a request for a socket wants it for appends alone. */
export function isForAppends(request: Request): boolean {
  return isForSocket(request) && new URL(request.url).searchParams.get("offset") === "none";
}

/** Answers a request for a socket. Throws what refuses it, as any request to a stream does. */
export async function answerSocket(
  { service, ledger, visitor }: SocketContext,
  name: string,
  request: Request,
): Promise<Response> {
  const asked = readSocketQuery(new URL(request.url).searchParams);
  const { start, filter } = asked;
  const state = start.at === "none" ? await service.state(name) : await service.used(name);
  if (filter !== undefined && state.isLedger !== true) {
    throw badRequest("filter_invalid", "Only the events of a ledger's chain have types and keys");
  }
  const position = start.at === "none"
    ? undefined
    : await positionOfStart(service.open, layoutOf(name, state), start);
  if (!isUpgrade(request)) {
    return problem(426, "upgrade_required", "This is where a WebSocket can be opened", {
      upgrade: "websocket",
    });
  }
  return upgrade(request, {
    ledger: "streams",
    hub: ledger.sockets,
    protocol: offeredProtocols(request.headers).find((protocol) => protocol === PROTOCOL),
    visitor,
    open: (session) => {
      const { grant } = visitor;
      const chain = service.chainName(name);
      const mayAppend = () => !isForbidden(ledger.access, grant, "append", chain);
      const opening: Opening = { name, state, asked, position, mayAppend };
      const socket = new StreamSocket(session, service, opening);
      socket.begin();
      return socket;
    },
  });
}
