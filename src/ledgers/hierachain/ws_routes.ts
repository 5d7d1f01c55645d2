import type { Context } from "hono";
import { admit } from "../../web/access.ts";
import { protocolBesideKey, shownKey } from "../../web/bearer.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../web/ledger.ts";
import { isUpgrade, upgrade } from "../../sockets/upgrade.ts";
import { chainLogName as logNameOf } from "./chain/names.ts";
import { frameworkError, restJson as json } from "./rest/responses.ts";
import { refusal, unauthorized } from "./rest/guard.ts";
import { HieraChainSocket, type SocketContext } from "./socket.ts";

/** `/ws`, the same with a chain in its path, and `/ws/status`. */
export function socketRoutes(app: LedgerApp, ledger: LedgerContext, context: SocketContext): void {
  const open = (c: Context<RequestEnv>, chainName: string | undefined): Response => {
    const request = c.req.raw;
    if (!isUpgrade(request)) return frameworkError(404, "Not Found");
    const grant = admit(ledger.access, shownKey(request));
    if (typeof grant === "string") {
      ledger.sockets.refused("hierachain", "unauthorized");
      return unauthorized(grant);
    }
    const refused = chainName === undefined ? undefined : refusal(ledger, grant, "read", chainName);
    if (refused !== undefined) {
      ledger.sockets.refused("hierachain", "forbidden");
      return refused;
    }
    return upgrade(request, {
      ledger: "hierachain",
      hub: ledger.sockets,
      visitor: { address: c.env.remoteAddress, grant },
      protocol: protocolBesideKey(request.headers),
      open: (session) => {
        const socket = new HieraChainSocket(session, context, grant);
        if (chainName !== undefined) {
          socket.welcome(chainName).catch((error) => session.fail(error));
        }
        return socket;
      },
    });
  };

  app.get("/ws", (c) => open(c, c.req.query("chain_name")));
  app.get("/ws/status", (c) => {
    // Open to everybody, as in the original; the names of chains are not.
    const { access } = ledger;
    const grant = access.grantOf(shownKey(c.req.raw, true) ?? "");
    const stats = context.subscribers.stats((chain) =>
      !access.isRequired || grant?.allows("read", logNameOf(chain)) === true
    );
    const { total_connections, chains } = stats;
    return json({ status: "running", total_connections, chains, stats });
  });
  app.get("/ws/:chain", (c) => open(c, c.req.param("chain")));
}
