import { LedgerError } from "../../kernel/errors.ts";
import { followedPlace } from "../../remote/follow_settings.ts";
import { RemoteServer } from "../../remote/remote_server.ts";
import type { Ledger, LedgerContext } from "../../web/ledger.ts";
import { depositRoutes } from "./deposits/deposit_routes.ts";
import { DepositService } from "./deposits/deposit_service.ts";
import { DepositWatch } from "./deposits/deposit_watch.ts";
import { RemoteNode } from "./follow/remote_node.ts";
import { NodeSide } from "./forward/node_side.ts";
import { HATHOR_WORDS } from "./http/app.ts";
import { sumOf } from "./http/node_routes.ts";
import { openNode } from "./intake/node.ts";
import { LEDGER } from "./networks/chain_names.ts";
import { NodeQueries } from "./queries/node_queries.ts";
import type { HathorSettings } from "./settings.ts";
import { socketNodes, socketRoutes } from "./sockets/routes.ts";

/** A node that is followed: what its events tell is served here, and it decides. */
export async function followedNode(
  ledger: LedgerContext,
  { network, wallet, isThrottled }: HathorSettings,
): Promise<Ledger> {
  const { log, clock, owner } = ledger;
  const place = followedPlace(LEDGER, ledger.settings);
  if (place === undefined) throw new LedgerError("config_invalid", "no node is followed");
  const node = await openNode({ log, clock, network, isFollowing: true });
  const queries = new NodeQueries(node);
  const deposits = new DepositService(log, node);
  const watch = new DepositWatch(deposits);
  const nodes = socketNodes(ledger, queries, { wallet, isThrottled });
  const allCounts = owner.survey("hathor/sockets", () => nodes.admin.stats());
  const side = new NodeSide({
    ledger,
    queries,
    remote: new RemoteNode(new RemoteServer(place)),
    socketCounts: async () => sumOf(await allCounts()),
  });
  return {
    routes(app, port) {
      socketRoutes(app, ledger, queries, nodes);
      depositRoutes(app, ledger.access, deposits);
      side.routes(app, port === undefined ? `/${LEDGER}` : undefined);
    },
    start() {
      throw new LedgerError("config_invalid", "a node that is followed decides by itself");
    },
    async startCopy() {
      watch.start();
      await side.start();
    },
    async stop() {
      await watch.stop();
      await side.stop();
      nodes.admin.stop();
    },
    nextDue: () => watch.nextDue(),
    handsOver: true,
    network: network.name,
    words: HATHOR_WORDS,
    exposedHeaders: "retry-after",
  };
}
