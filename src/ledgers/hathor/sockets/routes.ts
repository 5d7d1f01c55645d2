import { isUpgrade } from "../../../sockets/upgrade.ts";
import type { Context } from "hono";
import { described } from "../../../web/described.ts";
import type { Tells } from "../../../web/operation.ts";
import { toldOfAdmin, toldOfEvents } from "./operations.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import { openSocket, type SocketOpening } from "../../../web/open_socket.ts";
import type { Shared } from "../../../web/shared.ts";
import { HATHOR_WORDS } from "../http/app.ts";
import { notASocket } from "../http/responses.ts";
import { LEDGER } from "../networks/chain_names.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { AdminNode, type AdminOptions } from "./admin/admin_node.ts";
import { AdminSocket } from "./admin/admin_socket.ts";
import { EventNode } from "./events/event_node.ts";
import { EventSocket } from "./events/event_socket.ts";
import { TopicBook } from "../queries/topics.ts";

const ADMIN_PATHS = ["/v1a/ws", "/v1a/ws/", "/ws", "/ws/"];
const EVENT_PATHS = ["/v1a/event_ws", "/v1a/event_ws/", "/event_ws", "/event_ws/"];

/** What the sockets of one node share: made once for each process. */
export interface SocketNodes {
  readonly admin: AdminNode;
  readonly events: EventNode;
}

/** Makes what the sockets of a node share. Nothing runs before the first socket is there. */
export function socketNodes(
  ledger: Pick<LedgerContext, "clock">,
  queries: NodeQueries,
  options: AdminOptions = {},
): SocketNodes {
  const topics = new TopicBook(queries);
  return {
    admin: new AdminNode(queries, ledger.clock, topics, options),
    events: new EventNode(queries, topics),
  };
}

/**
 * Adds `/v1a/ws` and `/v1a/event_ws`, and the same without the version, as the published page has
 * them. Call it for each app of the ledger with the same nodes.
 */
export function socketRoutes(
  app: LedgerApp,
  shared: Shared,
  { chain }: NodeQueries,
  nodes: SocketNodes,
): void {
  const add = (paths: readonly string[], told: Tells, begin: SocketOpening) => {
    const route = {
      ledger: LEDGER,
      need: { scope: "read", chain: chain.name },
      words: HATHOR_WORDS,
      prepare: () => begin,
    } as const;
    const handler = described(
      told,
      ({ req: { raw }, env }: Context<RequestEnv>) =>
        isUpgrade(raw) ? openSocket(shared, raw, env.remoteAddress, route) : notASocket(),
    );
    for (const path of paths) app.get(path, handler);
  };
  add(ADMIN_PATHS, toldOfAdmin, (session) => new AdminSocket(session, nodes.admin));
  add(EVENT_PATHS, toldOfEvents, (session) => new EventSocket(session, nodes.events));
}
