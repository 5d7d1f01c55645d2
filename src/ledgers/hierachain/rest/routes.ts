import { answerTo } from "../../../web/error_table.ts";
import type { LedgerApp } from "../../../web/ledger.ts";
import { usuallyAt } from "../../../web/owner.ts";
import { shownKey } from "../../../web/bearer.ts";
import { chainLogName, MAIN_CHAIN } from "../chain/names.ts";
import { subChainCount } from "../chain/queries.ts";
import { addBlockRoutes } from "./block_routes.ts";
import { addChainRoutes } from "./chain_routes.ts";
import type { AddRoute, RestContext } from "./context.ts";
import { REST_ERRORS } from "./errors.ts";
import { addEventRoutes } from "./event_routes.ts";
import { grantFor, NOTHING, scopeOf } from "./guard.ts";
import { frameworkError, httpError, optionsAnswer, restJson } from "./responses.ts";

/** The version that this server speaks as. */
const VERSION = "0.2.0";

/** Adds the REST routes of hierachain 0.2.0, and ours beside them. */
export function restRoutes(app: LedgerApp, context: RestContext): void {
  const { service, ledger } = context;
  const add: AddRoute = (method, path, handler, permission = "chains") => {
    app.on(method, path, async (c) => {
      try {
        const grant = permission === "open"
          ? NOTHING
          : grantFor(c, ledger, scopeOf(method, path), permission);
        if (grant instanceof Response) return grant;
        const { handOver } = c.env;
        if (handOver !== undefined && usuallyAt(method) === "owner") {
          return await handOver(c.req.raw, true);
        }
        return await handler(c, grant);
      } catch (error) {
        return answerTo(error, REST_ERRORS);
      }
    });
    app.on("OPTIONS", path, optionsAnswer);
    app.all(path, () => frameworkError(405, "Method Not Allowed"));
  };

  const nowSeconds = () => ledger.clock.now() / 1_000;
  add("GET", "/", () =>
    restJson({
      name: "HieraChain Ledger API",
      description: "REST API for enterprise blockchain applications",
      docs_url: "/docs",
    }), "open");
  // The SDK asks here, where the original has nothing.
  add("GET", "/health", () => restJson({ status: "healthy", timestamp: nowSeconds() }), "open");
  add(
    "GET",
    "/api/ledger/health",
    () => restJson({ status: "healthy", timestamp: nowSeconds() }),
    "open",
  );
  add(
    "GET",
    "/api/business/health",
    () => restJson({ status: "healthy", version: "business", timestamp: nowSeconds() }),
    "open",
  );
  add("GET", "/api/admin/status", async (c) => {
    // Open to everybody, as in the original; how many chains there are is not.
    const { access } = ledger;
    const mayCount = !access.isRequired ||
      access.grantOf(shownKey(c.req.raw) ?? "")?.allows("read", chainLogName(MAIN_CHAIN)) === true;
    return restJson({
      status: "active",
      version: VERSION,
      chains_active: mayCount ? await subChainCount(service.chain(MAIN_CHAIN)) : 0,
      license_active: true,
      uptime: uptimeText(ledger.clock.now() - ledger.startedAt),
    });
  }, "open");
  add(
    "GET",
    "/api/admin/authority",
    () => restJson({ algorithm: "ed25519", public_key: service.authority.publicKey }),
    "open",
  );
  add(
    "POST",
    "/api/admin/verify-identity",
    () => httpError(401, "Node identity not configured. Please provide valid identity file."),
  );
  add(
    "GET",
    "/api/ledger/network/ping/:id",
    () => httpError(503, "P2P network layer is not initialized or disabled"),
  );
  addChainRoutes(add, context);
  addEventRoutes(add, context);
  addBlockRoutes(add, context);
  // A route and not `app.notFound`, which does not count for an app that is mounted under a prefix.
  app.all("*", () => frameworkError(404, "Not Found"));
  app.onError((error) => answerTo(error, REST_ERRORS));
}

function uptimeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days}d ${hours % 24}h ${minutes % 60}m`;
  return `${hours}h ${minutes % 60}m ${Math.floor(ms / 1_000) % 60}s`;
}
