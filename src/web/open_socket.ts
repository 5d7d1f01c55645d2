import type { Session, SocketProtocol } from "../sockets/session.ts";
import { isUpgrade, upgrade } from "../sockets/upgrade.ts";
import { admit, type Grant, isForbidden } from "./access.ts";
import { protocolSpoken, shownSocketKey } from "./bearer.ts";
import type { Shared } from "./shared.ts";
import { denied, type Need, type Words } from "./words.ts";

/** Begins what is spoken on a socket once it is open. */
export type Opening = (session: Session) => SocketProtocol;

/** What a ledger says of a socket: all else of the door is the same for every one. */
export interface SocketRoute {
  /** Under which name it is counted. */
  readonly ledger: string;
  readonly need: Need;
  readonly words: Words;
  /** The subprotocols that it speaks; where none, the first that stands beside a key will do. */
  readonly protocols?: readonly string[];
  /**
   * Makes ready for whoever is let in: reads what the handshake asks for beside its path. Answers
   * with a response where that cannot be.
   */
  prepare(grant: Grant): Opening | Response | Promise<Opening | Response>;
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
  const grant = admit(access, shownSocketKey(request));
  const isCovered = typeof grant !== "string" &&
    (need.chain === undefined || !isForbidden(access, grant, need.scope, need.chain));
  if (!isCovered) {
    const denial = typeof grant === "string" ? grant : "forbidden";
    if (isUpgrade(request)) {
      sockets.refused(ledger, denial === "forbidden" ? denial : "unauthorized");
    }
    return denied(words, denial, need);
  }
  const handOver = (open: Opening | Response) =>
    open instanceof Response ? open : upgrade(request, {
      ledger,
      hub: sockets,
      visitor: { address, grant },
      protocol: protocolSpoken(request.headers, protocols),
      refuse: words.failure,
      open,
    });
  const prepared = route.prepare(grant);
  return prepared instanceof Promise ? prepared.then(handOver) : handOver(prepared);
}
