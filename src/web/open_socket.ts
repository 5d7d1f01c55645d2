import { agentOf } from "../sockets/stay.ts";
import type { Session, SocketProtocol } from "../sockets/session.ts";
import { isUpgrade, upgrade } from "../sockets/upgrade.ts";
import { admit, type Grant, type Need } from "./access.ts";
import { protocolSpoken, shownSocketKey } from "./bearer.ts";
import { noteRoute } from "./noted_route.ts";
import type { Shared } from "./shared.ts";
import { denied, type Words } from "./words.ts";

/** Begins what is spoken on a socket once it is open. */
export type SocketOpening = (session: Session) => SocketProtocol;

/** What a ledger says of a socket: all else of the door is the same for every one. */
export interface SocketRoute {
  /** Under which name it is counted. */
  readonly ledger: string;
  readonly need: Need;
  readonly words: Words;
  /** The subprotocols that it speaks; whatever is offered beside a key will do as well. */
  readonly protocols?: readonly string[];
  /**
   * Makes ready for whoever is let in: reads what the handshake asks for beside its path. Answers
   * with a response where that cannot be.
   */
  prepare(grant: Grant): SocketOpening | Response | Promise<SocketOpening | Response>;
}

/**
 * Answers a request for a socket, of every ledger: whose key stands in any of its places and covers
 * what is needed gets it, in the subprotocol that both speak, and takes a place among the
 * connections. Whether a page of that origin may has been found out at the server's door.
 */
export function openSocket(
  { access, sockets }: Shared,
  request: Request,
  address: string,
  route: SocketRoute,
): Response | Promise<Response> {
  const { ledger, need, words, protocols = [] } = route;
  noteRoute(request, "websocket");
  const grant = admit(access, shownSocketKey(request), need);
  if (typeof grant === "string") {
    const why = grant === "forbidden" ? grant : "unauthorized";
    if (isUpgrade(request)) sockets.refused(ledger, why);
    return denied(words, grant, need);
  }
  const visitor = { address, grant, agent: agentOf(request) };
  const handOver = (open: SocketOpening | Response) =>
    open instanceof Response ? open : upgrade(request, {
      ledger,
      hub: sockets,
      visitor,
      protocol: protocolSpoken(request.headers, protocols),
      refuse: words.failure,
      open,
    });
  const prepared = route.prepare(grant);
  return prepared instanceof Promise ? prepared.then(handOver) : handOver(prepared);
}
