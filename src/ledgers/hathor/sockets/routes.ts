import type { Context } from "hono";
import type { Session, SocketProtocol } from "../../../sockets/session.ts";
import { isUpgrade, upgrade } from "../../../sockets/upgrade.ts";
import { admit, type Denial, isForbidden } from "../../../web/access.ts";
import { protocolBesideKey, shownKey } from "../../../web/bearer.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import { PROBLEM_TYPE, problemText } from "../../../web/problem.ts";
import { LOG_PREFIX } from "../names.ts";
import type { HathorService } from "../service.ts";
import { AdminNode, type AdminOptions } from "./admin/admin_node.ts";
import { AdminSocket } from "./admin/admin_socket.ts";
import { EventNode } from "./events/event_node.ts";
import { EventSocket } from "./events/event_socket.ts";
import { TopicBook } from "./shared/topics.ts";

/** Under which name the sockets are counted. */
const LEDGER = LOG_PREFIX.slice(0, -1);

const ADMIN_PATHS = ["/v1a/ws", "/v1a/ws/", "/ws", "/ws/"];
const EVENT_PATHS = ["/v1a/event_ws", "/v1a/event_ws/", "/event_ws", "/event_ws/"];

/** What the sockets of one service share: made once for each process. */
export interface SocketNodes {
  readonly admin: AdminNode;
  readonly events: EventNode;
}

/** Makes what the sockets of a service share. Nothing runs before the first socket is there. */
export function socketNodes(
  ledger: Pick<LedgerContext, "clock">,
  service: HathorService,
  options: AdminOptions = {},
): SocketNodes {
  const topics = new TopicBook(service);
  return {
    admin: new AdminNode(service, ledger.clock, topics, options),
    events: new EventNode(service, topics),
  };
}

/**
 * Adds `/v1a/ws` and `/v1a/event_ws`, and the same without the version, as the published page has
 * them. Call it for each app of the ledger with the same nodes.
 */
export function socketRoutes(
  app: LedgerApp,
  ledger: LedgerContext,
  service: HathorService,
  nodes: SocketNodes = socketNodes(ledger, service),
): void {
  const admin = (session: Session) => new AdminSocket(session, nodes.admin);
  const events = (session: Session) => new EventSocket(session, nodes.events);
  const chain = service.chain.name;
  for (const path of ADMIN_PATHS) app.get(path, (c) => open(c, ledger, chain, admin));
  for (const path of EVENT_PATHS) app.get(path, (c) => open(c, ledger, chain, events));
}

function open(
  c: Context<RequestEnv>,
  ledger: LedgerContext,
  chain: string,
  begin: (session: Session) => SocketProtocol,
): Response {
  const request = c.req.raw;
  if (!isUpgrade(request)) return notASocket();
  const { access, sockets } = ledger;
  const grant = admit(access, shownKey(request));
  if (typeof grant === "string") {
    sockets.refused(LEDGER, "unauthorized");
    return denied(grant);
  }
  if (isForbidden(access, grant, "read", chain)) {
    sockets.refused(LEDGER, "forbidden");
    return denied("forbidden");
  }
  return upgrade(request, {
    ledger: LEDGER,
    hub: sockets,
    visitor: { address: c.env.remoteAddress, grant },
    protocol: protocolBesideKey(request.headers),
    open: begin,
  });
}

/** The original answers a plain request with a page of its library. */
function notASocket(): Response {
  const page = "<!DOCTYPE html><html><body><h1>WebSocket endpoint</h1>" +
    "<p>This is where a WebSocket can be opened.</p></body></html>\n";
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}

const DENIALS: Readonly<Record<Denial, readonly [status: number, detail: string]>> = {
  key_missing: [401, "A key is needed"],
  key_invalid: [401, "The key is not known"],
  forbidden: [403, "The key does not cover this"],
};

function denied(denial: Denial): Response {
  const [status, detail] = DENIALS[denial];
  const headers = new Headers({ "content-type": PROBLEM_TYPE });
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(problemText(status, denial, detail), { status, headers });
}
