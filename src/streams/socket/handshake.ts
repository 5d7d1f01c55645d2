import { streamProblem } from "../http/responses.ts";
import { STREAM_WORDS } from "../http/responses.ts";
import type { ReadContext } from "../http/read_context.ts";
import { type Grant, isForbidden } from "../../web/access.ts";
import { askedUrl } from "../../web/asked_url.ts";
import { isUpgrade } from "../../sockets/upgrade.ts";
import { badRequest } from "../chain/errors.ts";
import { layoutOf } from "../chain/layout.ts";
import { openSocket } from "../../web/open_socket.ts";
import { type SocketOpening } from "../../web/open_socket.ts";
import type { AppendFromSocket } from "./appends.ts";
import { positionOfStart } from "./start.ts";
import { readSocketQuery } from "./request.ts";
import { type Opening, StreamSocket } from "./socket.ts";

/** The subprotocol that WEBSOCKET.md describes. A client need not offer it. */
export const PROTOCOL = "ledgerline.v1";

/** Whether a GET is for a socket, or asks what the handshake for one would be answered with. */
export function isForSocket(request: Request): boolean {
  if (request.method !== "GET") return false;
  if (isUpgrade(request)) return true;
  const { search, searchParams } = askedUrl(request);
  return search !== "" && searchParams.get("live") === "ws";
}

/** What sockets need beside the request. */
export type SocketReads = Pick<ReadContext, "service" | "tellings" | "access" | "sockets"> & {
  readonly append: AppendFromSocket;
};

/** Answers a request for a socket. Throws what refuses it, as any request to a stream does. */
export function answerSocket(
  reads: SocketReads,
  name: string,
  request: Request,
  address: string,
): Response | Promise<Response> {
  const { service, tellings, access, append } = reads;
  const query = askedUrl(request).searchParams;
  const chain = service.chainName(name);
  const isForAppends = query.get("offset") === "none";
  const prepare = async (grant: Grant): Promise<SocketOpening | Response> => {
    const asked = readSocketQuery(query);
    const { start, filter } = asked;
    const state = start.at === "none" ? await service.state(name) : await service.used(name);
    if (filter !== undefined && state.isLedger !== true) {
      throw badRequest("filter_invalid", "Only the events of a ledger's chain have types and keys");
    }
    const telling = state.isLedger === true
      ? await tellings.of(name, state, "envelope")
      : undefined;
    const position = start.at === "none"
      ? undefined
      : await positionOfStart(service.open, layoutOf(name, state), start);
    if (!isUpgrade(request)) {
      return streamProblem(426, "upgrade_required", "This is where a WebSocket can be opened", {
        upgrade: "websocket",
      });
    }
    const rights = rightsOf(access, grant, service, chain);
    return opensSocket(service, { name, state, asked, telling, position, append, ...rights });
  };
  return openSocket(reads, request, address, {
    ledger: "streams",
    need: { scope: isForAppends ? "append" : "read", chain },
    words: STREAM_WORDS,
    protocols: [PROTOCOL],
    prepare,
  });
}

// What a socket keeps is made apart from the request, which it would keep as well.

function rightsOf(
  access: ReadContext["access"],
  grant: Grant,
  service: ReadContext["service"],
  chain: string,
): Pick<Opening, "mayAppend" | "mayRead"> {
  return {
    mayAppend: () => !isForbidden(access, grant, "append", chain),
    mayRead: (name) => !isForbidden(access, grant, "read", service.chainName(name)),
  };
}

function opensSocket(service: ReadContext["service"], opening: Opening): SocketOpening {
  return (session) => {
    const socket = new StreamSocket(session, service, opening);
    socket.begin();
    return socket;
  };
}
