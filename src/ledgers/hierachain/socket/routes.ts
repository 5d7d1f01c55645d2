import type { Context } from "hono";
import { isUpgrade } from "../../../sockets/upgrade.ts";
import { shownSocketKey } from "../../../web/bearer.ts";
import { askedUrl } from "../../../web/asked_url.ts";
import { described } from "../../../web/described.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import { openSocket } from "../../../web/open_socket.ts";
import { chainLogName } from "../chain/names.ts";
import type { AddRoute } from "../rest/context.ts";
import { frameworkError, restJson } from "../rest/responses.ts";
import { HIERACHAIN_WORDS } from "../rest/words.ts";
import { socketStatus } from "../rest/operations.ts";
import { ALL } from "./all_feed.ts";
import { socketOfPath, socketOfQuery } from "./operations.ts";
import { HieraChainSocket, type SocketContext } from "./socket.ts";

/** Adds `/ws`, the same with a chain in its path, and `/ws/status` by `add`. */
export function wsRoutes(
  app: LedgerApp,
  add: AddRoute,
  ledger: LedgerContext,
  context: SocketContext,
): void {
  const open = (
    { req: { raw }, env }: Context<RequestEnv>,
    chainName: string | undefined,
    isInPath: boolean,
  ) => {
    if (!isUpgrade(raw)) return frameworkError(404, "Not Found");
    return openSocket(ledger, raw, env.remoteAddress, {
      ledger: "hierachain",
      need: {
        scope: "read",
        chain: chainName === undefined || chainName === ALL ? undefined : chainLogName(chainName),
      },
      words: HIERACHAIN_WORDS.chains,
      prepare: (grant) => (session) => {
        const socket = new HieraChainSocket(session, context, grant);
        if (chainName !== undefined) {
          socket.welcome(chainName, isInPath).catch((error) => session.fail(error));
        }
        return socket;
      },
    });
  };

  add("GET", "/ws/status", socketStatus, async (c) => {
    // Open to everybody, as in the original; the names of chains are not.
    const { access } = ledger;
    const grant = access.grantOf(shownSocketKey(c.req.raw) ?? "");
    const stats = await context.subscribers.stats((chain) =>
      !access.isRequired || grant?.allows("read", chainLogName(chain)) === true
    );
    const { total_connections, chains } = stats;
    return restJson({ status: "running", total_connections, chains, stats });
  }, "open");
  type Call = Context<RequestEnv>;
  // The last of several counts.
  const ofQuery = (c: Call) => (
    open(c, askedUrl(c.req.raw).searchParams.getAll("chain_name").at(-1), false)
  );
  const ofPath = (c: Call) => open(c, c.req.param("chain_name"), true);
  app.get("/ws", described(socketOfQuery, ofQuery));
  app.get("/ws/:chain_name", described(socketOfPath, ofPath));
}
