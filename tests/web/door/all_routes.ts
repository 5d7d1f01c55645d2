import { Hono } from "hono";
import { parseSettingFlags } from "../../../src/cli/setting_options.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { configure } from "../../../src/kernel/configuration.ts";
import { openStore } from "../../../src/kv/open.ts";
import type { Access } from "../../../src/web/access.ts";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { bigchaindbRoutes } from "../../../src/ledgers/bigchaindb/routes.ts";
import { type LedgerContext, prefixOf, type RequestEnv } from "../../../src/web/ledger.ts";
import { planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import { planetmintRoutes } from "../../../src/ledgers/planetmint/routes.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { httpRoutes } from "../../../src/ledgers/shared_bigchaindb/http/routes.ts";
import type { Route } from "../../../src/ledgers/shared_bigchaindb/http/router.ts";
import { LedgerService } from "../../../src/ledgers/shared_bigchaindb/service.ts";
import { STREAMS } from "../../../src/ledgers/shared_bigchaindb/stream/paths.ts";
import { METHODS } from "../../../src/streams/routes.ts";
import { ACTIONS } from "../../../src/streams/subscriptions/routes.ts";
import { Log } from "../../../src/log/log.ts";
import { mainRoutes, type Mounted } from "../../../src/server/mounts.ts";
import { allSettings } from "../../../src/server/server.ts";
import { ledgerProjectionOf } from "../../../src/server/projections.ts";
import { SocketHub } from "../../../src/sockets/hub.ts";
import { projectionOf } from "../../../src/server/projections.ts";
import { PORTS_OFF } from "../../support/ports.ts";

/** A route as it is declared. */
export interface DeclaredRoute {
  /** `main`, or the setting that names a native port. */
  readonly port: string;
  readonly method: string;
  /** With parts such as `:name`; `*` at the end of one that takes every path below. */
  readonly path: string;
}

/** What an app alone does not show: ledgers that take every path and look further themselves. */
const OPEN: Access = { isRequired: false, grantOf: () => undefined };

/**
 * Every route that this server has, on every port, from where each is declared: the apps of Hono,
 * the tables of the routers of our own, and what the streams' protocol knows.
 */
export async function declaredRoutes(): Promise<DeclaredRoute[]> {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf });
  const { values } = configure(allSettings, {
    flags: parseSettingFlags(allSettings, []),
    variable: (name) => PORTS_OFF[name],
  });
  const sockets = new SocketHub(systemClock, { connections: 1 });
  const context: LedgerContext = {
    log,
    clock: systemClock,
    sockets,
    access: OPEN,
    projectionOf: ledgerProjectionOf,
    settings: values,
  };
  const mounted: Mounted[] = [];
  for (const definition of LEDGERS) {
    mounted.push({ definition, ledger: await definition.create(context) });
  }
  // Nothing is asked: the parts are only held by the handlers.
  // deno-lint-ignore no-explicit-any
  const parts: any = { health: {}, keys: {}, chains: {} };
  const main = mainRoutes(mounted, parts);
  const own: DeclaredRoute[] = routesOf(main, "main");
  for (const { definition, ledger } of mounted) {
    for (const port of definition.ports) {
      const app = new Hono<RequestEnv>();
      ledger.routes(app, port);
      own.push(...routesOf(app, port));
    }
    const prefix = prefixOf(definition);
    own.push(...behind(definition.name, prefix, log, context));
  }
  for (const { ledger } of mounted) await ledger.stop();
  await log.close();
  store.close();
  return unique(own);
}

function routesOf(app: Hono<RequestEnv>, port: string): DeclaredRoute[] {
  return app.routes.map(({ method, path }) => ({ port, method, path }));
}

/** The routes behind a ledger's one route for all paths. */
function behind(name: string, prefix: string, log: Log, ledger: LedgerContext): DeclaredRoute[] {
  if (name === "streams") return streamRoutes(prefix);
  const table = tableOf(name, log, ledger);
  if (table === undefined) return [];
  const streams = [...STREAMS.keys()];
  return [
    ...table.flatMap(({ path, ...handlers }) =>
      Object.keys(handlers).flatMap((method) => [
        { port: "main", method, path: prefix + pathOf(path) },
        { port: `${name}-port`, method, path: pathOf(path) },
      ])
    ),
    ...streams.flatMap((path) => [
      { port: "main", method: "GET", path: prefix + path },
      { port: `${name}-port`, method: "GET", path },
      { port: `${name}-stream-port`, method: "GET", path },
    ]),
  ];
}

function tableOf(name: string, log: Log, ledger: LedgerContext): Route[] | undefined {
  const options = { validators: [], keepsRejected: true };
  if (name === "bigchaindb") {
    const service = new LedgerService(bigchaindbDialect, log, options);
    return httpRoutes({ service, ledger, streamBase: () => "" }, bigchaindbRoutes(service));
  }
  if (name === "planetmint") {
    const service = new LedgerService(planetmintDialect, log, options);
    return httpRoutes({ service, ledger, streamBase: () => "" }, planetmintRoutes(service));
  }
  return undefined;
}

function streamRoutes(prefix: string): DeclaredRoute[] {
  const control = `${prefix}/__ds`;
  return [
    ...METHODS.map((method) => ({ port: "main", method, path: `${prefix}/:stream` })),
    { port: "main", method: "GET", path: `${control}/jwks.json` },
    ...[...ACTIONS].flatMap(([action, { methods }]) =>
      methods.map((method) => ({
        port: "main",
        method,
        path: `${control}/subscriptions/:id${action === "" ? "" : `/${action}`}` +
          // One of several is named in the path.
          (action === "streams" && method === "DELETE" ? "/:part" : ""),
      }))
    ),
  ];
}

/** A pattern of a router of our own, as a path with named parts. */
function pathOf({ source }: RegExp): string {
  return source.replace(/^\^|\$$/g, "").replaceAll("\\/", "/")
    .replace(/\(\[\^\/\]\+\)/g, ":part").replace(/\(\\d\+\)/g, ":number");
}

function unique(routes: readonly DeclaredRoute[]): DeclaredRoute[] {
  const byText = new Map(routes.map((route) => [JSON.stringify(Object.values(route)), route]));
  return [...byText.values()];
}
