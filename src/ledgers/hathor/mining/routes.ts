import type { Context } from "hono";
import { isUpgrade, upgrade } from "../../../sockets/upgrade.ts";
import { admit, isForbidden } from "../../../web/access.ts";
import { protocolBesideKey, shownKey } from "../../../web/bearer.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import { addRoutes } from "../http/app.ts";
import { denied, failureAnswer as failure } from "../http/responses.ts";
import type { Intake as HathorService } from "../intake/intake.ts";
import { plainBlockRoute } from "./plain_blocks.ts";
import { MiningSocket } from "./socket.ts";
import type { TemplateFeed } from "./template_feed.ts";

const LEDGER = "hathor";

/** What the routes of miners are made of. */
export interface MiningRoutes {
  readonly service: HathorService;
  readonly ledger: LedgerContext;
  readonly feed: TemplateFeed;
}

/**
 * `/mining_ws`, and `/mining` as the published page has it: a socket for whoever asks for one, the
 * node's old way for others.
 */
export function miningRoutes(
  app: LedgerApp,
  bases: readonly string[],
  context: MiningRoutes,
): void {
  for (const base of bases) {
    for (const path of ["/mining", "/mining/", "/mining_ws", "/mining_ws/"]) {
      app.get(`${base}${path}`, async (c, next) => {
        if (isUpgrade(c.req.raw)) return open(c, context);
        if (path.startsWith("/mining_ws")) return failure("This is a WebSocket", 426);
        return await next();
      });
    }
  }
  const { service } = context;
  addRoutes(app, bases, [plainBlockRoute(service)], context);
}

function open(c: Context<RequestEnv>, { service, ledger, feed }: MiningRoutes): Response {
  const request = c.req.raw;
  const { access, sockets } = ledger;
  const { name } = service.chain;
  const grant = admit(access, shownKey(request));
  if (typeof grant === "string") {
    sockets.refused(LEDGER, "unauthorized");
    return denied(grant);
  }
  if (isForbidden(access, grant, "read", name)) {
    sockets.refused(LEDGER, "forbidden");
    return denied("forbidden");
  }
  return upgrade(request, {
    ledger: LEDGER,
    hub: sockets,
    visitor: { address: c.env.remoteAddress, grant },
    protocol: protocolBesideKey(request.headers),
    open: (session) => {
      const maySubmit = () => !isForbidden(access, grant, "append", name);
      const socket = new MiningSocket(session, { service, feed, maySubmit });
      socket.begin().catch((error: unknown) => session.fail(error));
      return socket;
    },
  });
}
