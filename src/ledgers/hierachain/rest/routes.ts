import type { Context } from "hono";
import { inTurns } from "../../../kernel/steps.ts";
import { answerTo } from "../../../web/error_table.ts";
import { described, noOperation } from "../../../web/described.ts";
import type { LedgerApp, RequestEnv } from "../../../web/ledger.ts";
import * as told from "./operations.ts";
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
import { parsingEventBody } from "../event/event_request.ts";
import { readBytes, refused } from "./json_body.ts";
import { addSecureRoutes } from "./secure_routes.ts";
import { frameworkError, httpError, notAllowed, redirect, restJson } from "./responses.ts";

/** The version that this server speaks as. */
const VERSION = "0.2.0";

/** Adds the REST routes of hierachain 0.2.0, ours beside them, and those that `more` adds. */
export function restRoutes(
  app: LedgerApp,
  context: RestContext,
  more: readonly ((add: AddRoute, context: RestContext) => void)[],
): void {
  const { service, ledger } = context;
  const patterns: (readonly string[])[] = [];
  const add: AddRoute = (method, path, told, handler, permission = "chains") => {
    patterns.push(path.split("/"));
    const isPage = permission === "page";
    const isOpen = isPage || permission === "open";
    const route = described(() => ({ ...told(), isOpen }), async (c: Context<RequestEnv>) => {
      const { raw } = c.req;
      if (path !== "/" && pathEnd(raw.url) !== undefined) return withoutSlash(raw);
      // An app takes HEAD for GET.
      if (raw.method === "HEAD" && !isPage) return notAllowed(method);
      try {
        const grant = isOpen ? NOTHING : grantFor(c, ledger, scopeOf(method, path), permission);
        if (grant instanceof Response) return grant;
        const { handOver } = c.env;
        const isOwners = usuallyAt(method) === "owner" || (service.isFollowing && isNodes(path));
        if (handOver !== undefined && isOwners) {
          return await handOver(c.req.raw, true);
        }
        return await handler(c, grant);
      } catch (error) {
        return answerTo(error, REST_ERRORS);
      }
    });
    app.on(method, path, route);
    app.all(
      path,
      noOperation(({ req: { raw } }) =>
        path !== "/" && pathEnd(raw.url) !== undefined
          ? withoutSlash(raw)
          : notAllowed(isPage ? "HEAD, GET" : method)
      ),
    );
  };

  const nowSeconds = () => ledger.clock.now() / 1_000;
  add("GET", "/", told.root, () =>
    restJson({
      name: "HieraChain Ledger API",
      description: "REST API for enterprise blockchain applications",
      docs_url: "/docs",
    }), "open");
  // The SDK asks here, where the original has nothing.
  add(
    "GET",
    "/health",
    told.sdkHealth,
    () => restJson({ status: "healthy", timestamp: nowSeconds() }),
    "open",
  );
  add(
    "GET",
    "/api/ledger/health",
    told.ledgerHealth,
    () => restJson({ status: "healthy", timestamp: nowSeconds() }),
    "open",
  );
  add(
    "GET",
    "/api/business/health",
    told.ledgerHealth,
    () => restJson({ status: "healthy", version: "business", timestamp: nowSeconds() }),
    "open",
  );
  add("GET", "/api/admin/status", told.status, async (c) => {
    // Open to everybody, as in the original; how many chains there are is not.
    const { access } = ledger;
    const mayCount = !access.isRequired ||
      access.grantOf(shownKey(c.req.raw) ?? "")?.allows("read", chainLogName(MAIN_CHAIN)) === true;
    return restJson({
      status: "active",
      version: VERSION,
      chains_active: mayCount ? await subChainCount(service.registry) : 0,
      license_active: true,
      uptime: uptimeText(ledger.clock.now() - ledger.startedAt),
    });
  }, "open");
  add(
    "GET",
    "/api/admin/authority",
    told.authority,
    () => restJson({ algorithm: "ed25519", public_key: service.authority.publicKey }),
    "open",
  );
  add("POST", "/api/admin/verify-identity", told.identity, async (c) => {
    const body = await readBytes(c);
    if (body instanceof Response) return body;
    // The original reads a body's text before it looks for an identity, and its fields after that.
    const read = body.length === 0
      ? undefined
      : await inTurns(parsingEventBody(body, "application/json"));
    if (read?.ok === false) return await refused(read);
    return httpError(401, "Node identity not configured. Please provide valid identity file.");
  });
  add(
    "GET",
    "/api/ledger/network/ping/:target_id",
    told.ping,
    () => httpError(503, "P2P network layer is not initialized or disabled"),
  );
  addChainRoutes(add, context);
  addEventRoutes(add, context);
  addBlockRoutes(add, context);
  addSecureRoutes(add, context);
  for (const addMore of more) addMore(add, context);
  // A route and not `app.notFound`, which does not count for an app that is mounted under a prefix.
  const others = noOperation(({ req: { raw, path } }) => {
    const end = pathEnd(path);
    const asked = end === undefined ? undefined : path.slice(0, end).split("/");
    const isKnown = asked !== undefined && patterns.some((pattern) => fits(pattern, asked));
    return isKnown ? withoutSlash(raw) : frameworkError(404, "Not Found");
  });
  app.all("*", others);
  app.onError((error) => answerTo(error, REST_ERRORS));
}

/** Whether a route tells what only the node knows, where one is followed. */
function isNodes(path: string): boolean {
  return path === "/api/admin/authority" || path.startsWith("/api/ledger/network/") ||
    /^\/api\/business\/\w+\/:/.test(path);
}

/** Where the path of a URL ends before the slashes that it ends with; undefined where it has none. */
function pathEnd(url: string): number | undefined {
  const query = url.indexOf("?");
  const whole = query < 0 ? url.length : query;
  let end = whole;
  while (url[end - 1] === "/") end--;
  return end === whole ? undefined : end;
}

/** The original's answer to a path with a slash at its end. */
function withoutSlash({ url }: Request): Response {
  const { search } = new URL(url);
  return redirect(url.slice(0, pathEnd(url)) + search);
}

/** Whether a path has the words of a route's, with something for each of its parts. */
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length &&
    pattern.every((word, at) => word.startsWith(":") ? path[at] !== "" : word === path[at]);
}

function uptimeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days}d ${hours % 24}h ${minutes % 60}m`;
  return `${hours}h ${minutes % 60}m ${Math.floor(ms / 1_000) % 60}s`;
}
