import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import { PythonJsonWriteError } from "../../python/json.ts";
import type { Grant, Scope } from "../../web/access.ts";
import { admission } from "../../web/admission.ts";
import { shownKey } from "../../web/bearer.ts";
import { answerTo, type ErrorTable } from "../../web/error_table.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../web/ledger.ts";
import { UnknownChainError } from "./commands.ts";
import { RuleViolationError } from "./entry.ts";
import { type LedgerService, NothingToProveError } from "./ledger_service.ts";
import { logNameOf, MAIN_CHAIN } from "./names.ts";
import { subChainCount } from "./queries.ts";
import { frameworkError, httpError, json, optionsAnswer, unexpected } from "./responses.ts";
import { blockRoutes } from "./rest_blocks.ts";
import { chainRoutes } from "./rest_chains.ts";
import { eventRoutes } from "./rest_events.ts";
import { HIERACHAIN_WORDS } from "./words.ts";

/** The version that this server speaks as. */
const VERSION = "0.2.0";

/** What every route is given. */
export interface RestContext {
  readonly service: LedgerService;
  readonly ledger: LedgerContext;
}

/** `grant` is what the client is let in by; a route whose path names no chain asks it itself. */
export type RestHandler = (
  c: Context<RequestEnv>,
  grant: Grant,
) => Response | Promise<Response>;

/** Adds a route to the app, with what its path needs to be allowed to. */
export type AddRoute = (
  method: "GET" | "POST",
  path: string,
  handler: RestHandler,
  access?: Permission,
) => void;

/** What a route is about, in the words of the original's refusals; `open` needs no key. */
export type Permission = "open" | keyof typeof HIERACHAIN_WORDS;

/** Adds the REST routes of hierachain 0.2.0, and ours beside them. */
export function restRoutes(app: LedgerApp, context: RestContext): void {
  const { service, ledger } = context;
  const started = ledger.clock.now();
  const add: AddRoute = (method, path, handler, permission = "chains") => {
    app.on(method, path, async (c) => {
      try {
        const grant = permission === "open"
          ? NOTHING
          : grantFor(c, ledger, scopeOf(method, path), permission);
        return grant instanceof Response ? grant : await handler(c, grant);
      } catch (error) {
        return answerTo(error, ERRORS);
      }
    });
    app.on("OPTIONS", path, optionsAnswer);
    app.all(path, () => frameworkError(405, "Method Not Allowed"));
  };

  const nowSeconds = () => ledger.clock.now() / 1_000;
  add("GET", "/", () =>
    json({
      name: "HieraChain Ledger API",
      description: "REST API for enterprise blockchain applications",
      docs_url: "/docs",
    }), "open");
  // The SDK asks here, where the original has nothing.
  add("GET", "/health", () => json({ status: "healthy", timestamp: nowSeconds() }), "open");
  add(
    "GET",
    "/api/ledger/health",
    () => json({ status: "healthy", timestamp: nowSeconds() }),
    "open",
  );
  add(
    "GET",
    "/api/business/health",
    () => json({ status: "healthy", version: "business", timestamp: nowSeconds() }),
    "open",
  );
  add("GET", "/api/admin/status", async (c) => {
    // Open to everybody, as in the original; how many chains there are is not.
    const { access } = ledger;
    const mayCount = !access.isRequired ||
      access.grantOf(shownKey(c.req.raw) ?? "")?.allows("read", logNameOf(MAIN_CHAIN)) === true;
    return json({
      status: "active",
      version: VERSION,
      chains_active: mayCount ? await subChainCount(service.chain(MAIN_CHAIN)) : 0,
      license_active: true,
      uptime: uptimeText(ledger.clock.now() - started),
    });
  }, "open");
  add(
    "GET",
    "/api/admin/authority",
    () => json({ algorithm: "ed25519", public_key: service.authority.publicKey }),
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
  chainRoutes(add, context);
  eventRoutes(add, context);
  blockRoutes(add, context);
  // A route, because under a prefix an app's own answer to unknown paths does not count.
  app.all("*", () => frameworkError(404, "Not Found"));
  app.onError((error) => answerTo(error, ERRORS));
}

/** What an open route needs of whoever asks. */
const NOTHING: Grant = { id: "open", isOver: false, allows: () => false };

/** What a route does to chains. */
function scopeOf(method: "GET" | "POST", path: string): Scope {
  if (path.startsWith("/api/admin/")) return "admin";
  return method === "GET" ? "read" : "append";
}

/**
 * What a client is let in by, or the answer that refuses it. The key has to cover the chain that
 * the path names; administration is about the root chain.
 */
function grantFor(
  c: Context<RequestEnv>,
  ledger: LedgerContext,
  scope: Scope,
  permission: Exclude<Permission, "open">,
): Grant | Response {
  const name = scope === "admin" ? MAIN_CHAIN : c.req.param("name");
  const chain = name === undefined ? undefined : logNameOf(name);
  return admission(ledger.access, c.req.raw, HIERACHAIN_WORDS[permission], { scope, chain });
}

const ERRORS: ErrorTable = {
  logger: getLogger(["ledgerline", "hierachain"]),
  own(error) {
    if (error instanceof RuleViolationError) {
      const { rule, field, term } = error.violation;
      return httpError(422, error.message, { rule, field, term });
    }
    if (error instanceof UnknownChainError) {
      return httpError(404, `Sub-chain '${error.message}' not found`);
    }
    if (error instanceof NothingToProveError) {
      return httpError(500, "Failed to submit proof. An internal error has occurred.");
    }
    return error instanceof PythonJsonWriteError ? httpError(422, error.message) : undefined;
  },
  refused: ({ status, message, code }) => httpError(status, message, { code }),
  unexpected,
};

function uptimeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days}d ${hours % 24}h ${minutes % 60}m`;
  return `${hours}h ${minutes % 60}m ${Math.floor(ms / 1_000) % 60}s`;
}
