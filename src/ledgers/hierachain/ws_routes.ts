import type { Context } from "hono";
import type { LedgerApp, LedgerContext, RequestEnv } from "../ledger.ts";
import { isUpgrade, upgrade } from "../../stream/upgrade.ts";
import { frameworkError, httpError, json } from "./responses.ts";
import { accessFault, keyOf } from "./rest.ts";
import { HieraChainSocket, type SocketContext } from "./socket.ts";

/** `/ws`, the same with a chain in its path, and `/ws/status`. */
export function socketRoutes(app: LedgerApp, ledger: LedgerContext, context: SocketContext): void {
  const open = (c: Context<RequestEnv>, chainName: string | undefined): Response => {
    const request = c.req.raw;
    if (!isUpgrade(request)) return frameworkError(404, "Not Found");
    const fault = accessFault(c.req.query("token") ?? keyOf(request), ledger);
    if (fault !== undefined) {
      ledger.sockets.refused("hierachain", "unauthorized");
      return httpError(401, fault);
    }
    return upgrade(request, {
      ledger: "hierachain",
      hub: ledger.sockets,
      allowedOrigins: ledger.allowedOrigins,
      open: (session) => {
        const socket = new HieraChainSocket(session, context);
        if (chainName !== undefined) {
          socket.welcome(chainName).catch(() => session.close("internal"));
        }
        return socket;
      },
    });
  };

  app.get("/ws", (c) => open(c, c.req.query("chain_name")));
  app.get("/ws/status", () => {
    const stats = context.subscribers.stats();
    const { total_connections, chains } = stats;
    return json({ status: "running", total_connections, chains, stats });
  });
  app.get("/ws/:chain", (c) => open(c, c.req.param("chain")));
}
