import { Hono } from "hono";
import { z } from "zod";
import { decodedPath } from "../web/asked_path.ts";
import { type LedgerDefinition, prefixOf, type RequestEnv } from "../web/ledger.ts";
import { described } from "../web/described.ts";
import { jsonBody, NO_BODY, type Tells } from "../web/operation.ts";
import { documentRoutes, mainParts, partOfLedger, versionRoute } from "./docs/routes.ts";
import { adminChainRoutes, type ChainsContext } from "./admin/chains.ts";
import { recordRoutes } from "./admin/records.ts";
import { keyRoutes, type KeysContext } from "./admin/keys.ts";
import type { WatchContext } from "./admin/watch_context.ts";
import { watchRoutes } from "./admin/watch_routes.ts";
import { type SettingsContext, settingsRoutes } from "./admin/settings_routes.ts";
import { askedPath } from "../web/door/asked_host.ts";
import type { Door } from "../web/door/door.ts";
import { notedLedger, noteLedger, routeOf } from "../web/noted_route.ts";
import { gated } from "../web/gate.ts";
import { type HandOver, usuallyAt } from "../web/owner.ts";
import type { ServerShared } from "../web/shared.ts";
import type { RequestLog } from "./watching/request_log.ts";
import { routeNames } from "./watching/route_names.ts";
import type { Extension, FrontExtension } from "./extension.ts";
import type { Mounted } from "./mounted.ts";
import type { PortEnv, PortRoutes } from "./port_routes.ts";
import { type Health, healthRoutes, upgradingApp } from "./health.ts";
import { isPageWanted, pageAnswer } from "./page.ts";
import type { Handler } from "../web/handler.ts";
import { problem, problemOf, PROBLEMS } from "../web/problem.ts";
import { answeredInPlace } from "../web/large_bodies.ts";
import { respondJson } from "../web/whole_response.ts";
import { tooManyRequests, type Words } from "../web/words.ts";
import { schemaRoutes } from "../streams/typed/schemas.ts";
import { isUpgrade } from "../sockets/upgrade.ts";

/** What every request passes before it comes to its route, and who counts those that do not. */
export interface Entrance {
  readonly door: Door;
  readonly shared: ServerShared;
  readonly trustedProxies: ReadonlySet<string>;
  /** Counts and logs what is answered. */
  readonly log: RequestLog;
  /** What an extension puts before the routes. */
  readonly before?: Extension["before"] | undefined;
}

/** What the main port serves beside the ledgers. */
export interface MainParts {
  readonly health: Health;
  readonly keys: KeysContext;
  readonly chains: ChainsContext;
  readonly watch: WatchContext;
  readonly settings: SettingsContext;
  readonly extension?: FrontExtension | undefined;
}

/** Whose routes are no ledger's. */
const SERVER = "server";

/** The main port: health, metrics, administration, and every ledger under its prefix. */
export function mainPort(mounted: readonly Mounted[], parts: MainParts): PortRoutes {
  const all = mainRoutes(mounted, parts);
  // Among the routes of all, the search was the dearest function of a request.
  const apps = mounted.map((ledger) => [ledger, mountedApp([ledger])] as const);
  const asked = (request: Request) => {
    const path = askedPath(request);
    return apps.find(([{ definition }]) => isOf(path, definition));
  };
  return {
    fetch: inPlace((request, env) => {
      const found = asked(request);
      noteLedger(request, found?.[0].definition.name ?? SERVER);
      return (found?.[1] ?? all).fetch(request, env);
    }),
    asked: (request) => asked(request)?.[0],
    routeName: routeNames(all.routes),
  };
}

/** Answers where the body of a request has its place among the large ones. */
function inPlace(fetch: PortRoutes["fetch"]): PortRoutes["fetch"] {
  return (request, env) => answeredInPlace(request, fetch, env);
}

const toldOfRoot: Tells = () => {
  const ledger = z.object({ name: z.string(), title: z.string(), prefix: z.string() });
  const answer = z.object({ name: z.string(), ledgers: z.array(ledger) });
  return {
    does: "Names the ledgers; a browser is shown the page",
    isOpen: true,
    answers: {
      200: { content: { ...jsonBody(answer), "text/html": { type: "string" } } },
      304: NO_BODY,
    },
  };
};

/** The routes of the main port. */
export function mainRoutes(
  mounted: readonly Mounted[],
  { health, keys, chains, watch, settings, extension }: MainParts,
): Hono<RequestEnv> {
  const app = mountedApp(mounted);
  app.get(
    "/",
    described(toldOfRoot, ({ req: { raw } }) => {
      if (isPageWanted(raw)) return pageAnswer(raw);
      const ledgers = mounted.map(({ definition }) => ({
        name: definition.name,
        title: definition.title,
        prefix: `${prefixOf(definition)}/`,
      }));
      return respondJson({ name: "Ledgerline", ledgers }, { headers: { vary: "Accept" } });
    }),
  );
  schemaRoutes(app, mounted.map(({ definition }) => definition));
  healthRoutes(app, health);
  keyRoutes(app, keys);
  adminChainRoutes(app, chains);
  recordRoutes(app, chains);
  watchRoutes(app, watch);
  settingsRoutes(app, settings);
  extension?.routes(app);
  versionRoute(app);
  documentRoutes(app, { title: "Ledgerline", parts: mainParts(mounted) });
  return app;
}

/** Ledgers under their prefixes. */
function mountedApp(mounted: readonly Mounted[]): Hono<RequestEnv> {
  // A ledger's prefix is the same with its last slash and without.
  const app = appFor(mounted.every(({ definition }) => definition.decodesPaths === true), false);
  for (const { definition, ledger } of mounted) {
    const part = new Hono<RequestEnv>();
    ledger.routes(part, undefined);
    app.route(prefixOf(definition), part);
    ledger.rootRoutes?.(app);
  }
  app.notFound(() => problem(404, "not_found", "There is nothing here"));
  app.onError(problemOf);
  return app;
}

/** An app that sees the paths of requests as the ledger's original does. */
function appFor(decodesPaths: boolean, strict: boolean): Hono<RequestEnv> {
  const app = new Hono<RequestEnv>({ strict });
  if (!decodesPaths) return app;
  const { getPath } = app;
  // An option of this name counts for strict apps alone.
  return Object.assign(app, {
    getPath: (...asked: Parameters<typeof getPath>) => decodedPath(getPath(...asked)),
  });
}

/** The main port while the store is upgraded. */
export function upgradingHandler(upgrade: { readonly state: string }): Handler {
  const app = upgradingApp(upgrade);
  return (request, remoteAddress) => app.fetch(request, { remoteAddress });
}

/** One native port of one ledger: its own paths, as its clients know them. */
export function nativePort(mounted: Mounted, port: string): PortRoutes {
  const app = nativeRoutes(mounted, port);
  return {
    fetch: inPlace((request, env) => app.fetch(request, env)),
    asked: () => mounted,
    routeName: routeNames(app.routes),
  };
}

/** The routes of a native port. */
export function nativeRoutes(mounted: Mounted, port: string): Hono<RequestEnv> {
  const app = appFor(mounted.definition.decodesPaths === true, true);
  app.onError(problemOf);
  const { definition: { title, ownDocuments }, ledger } = mounted;
  // Before what the ledger has for any path.
  documentRoutes(app, { title, parts: [partOfLedger(mounted)] }, ownDocuments);
  ledger.routes(app, port);
  return app;
}

/** Hands a request of a port over to the owner of the log, where that is elsewhere. */
export type PortHandOver = (
  request: Request,
  env: PortEnv,
  isAdmitted: boolean,
) => Promise<Response>;

/** Routes behind the door and the gate. */
export function entered(
  { fetch, asked, routeName }: PortRoutes,
  { door, shared, trustedProxies, log, before = (handler) => handler }: Entrance,
  handOver?: PortHandOver,
): Handler {
  const wordsFor = (request: Request): Words => asked(request)?.ledger.words ?? PROBLEMS;
  const answer: PortRoutes["fetch"] = handOver === undefined ? fetch : (request, env) => {
    // A ledger that does not say it itself has all handed over that may change something.
    const ledger = asked(request)?.ledger;
    if (
      ledger !== undefined && ledger.handsOver !== true && usuallyAt(request.method) === "owner"
    ) {
      return handOver(request, env, false);
    }
    const handed: HandOver = (handed, isAdmitted) => handOver(handed, env, isAdmitted);
    return fetch(request, { ...env, handOver: handed });
  };
  const routes = (isForeign: boolean): Handler =>
    gated(
      before((request, remoteAddress) => answer(request, { remoteAddress, isForeign }), asked),
      shared,
      trustedProxies,
      (request, seconds) => tooManyRequests(wordsFor(request), seconds),
    );
  return door.before({
    own: routes(false),
    foreign: routes(true),
    refuse: (request, { status, code, message }) =>
      wordsFor(request).failure(status, message, code),
    exposed: (request) => asked(request)?.ledger.exposedHeaders,
    refused: (request, why) => {
      shared.counts.turnedAway(why);
      const name = asked(request)?.definition.name;
      if (isUpgrade(request) && name !== undefined) shared.sockets.refused(name, why);
    },
    answered: (request, peer, answer, ms) => {
      const ledger = notedLedger(request) ?? asked(request)?.definition.name ?? SERVER;
      const route = routeOf(request) ?? routeName(askedPath(request));
      log.answered({ request, peer, answer, ms, ledger, route });
    },
  });
}

function isOf(path: string, definition: LedgerDefinition): boolean {
  return isUnder(path, prefixOf(definition)) || definition.roots?.includes(path) === true;
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
