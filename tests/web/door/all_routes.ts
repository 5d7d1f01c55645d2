import { chainProjection } from "../../../src/server/projections.ts";
import { Hono } from "hono";
import { parseSettingFlags } from "../../../src/cli/settings/setting_options.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { configure } from "../../../src/kernel/configuration.ts";
import { openStore } from "../../../src/kv/open.ts";
import type { Access } from "../../../src/web/access.ts";
import { type LedgerContext, prefixOf, type RequestEnv } from "../../../src/web/ledger.ts";
import { SOLE_OWNER } from "../../../src/web/owner.ts";
import { routesBehind } from "../../../src/web/router.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { METHODS } from "../../../src/streams/routes.ts";
import { ACTIONS } from "../../../src/streams/subscriptions/routes.ts";
import { Log } from "../../../src/log/log.ts";
import type { Mounted } from "../../../src/server/mounted.ts";
import { mainRoutes } from "../../../src/server/mounts.ts";
import { allSettings } from "../../../src/server/settings.ts";
import { projectionOfLedgers } from "../../../src/server/projections.ts";
import { SocketHub } from "../../../src/sockets/hub.ts";
import { PORTS_OFF } from "../../support/ports.ts";

/** A route as it is declared. */
export interface DeclaredRoute {
  /** `main`, or the setting that names a native port. */
  readonly port: string;
  readonly method: string;
  /** With parts such as `:name`; `*` at the end of one that takes every path below. */
  readonly path: string;
}

const OPEN: Access = { isRequired: false, grantOf: () => undefined };

/**
 * Every route that this server has, on every port, from where each is declared: the apps of Hono,
 * the routers behind them, and what the streams' protocol knows.
 */
export async function declaredRoutes(): Promise<DeclaredRoute[]> {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  const { values } = configure(allSettings, {
    flags: parseSettingFlags(allSettings, []),
    variable: (name) => PORTS_OFF[name],
  });
  const sockets = new SocketHub(systemClock, { connections: 1 });
  const context: LedgerContext = {
    log,
    clock: systemClock,
    startedAt: systemClock.now(),
    owner: SOLE_OWNER,
    sockets,
    access: OPEN,
    projectionOf: projectionOfLedgers,
    ledgers: LEDGERS,
    settings: values,
  };
  const mounted: Mounted[] = [];
  for (const definition of LEDGERS) {
    mounted.push({ definition, ledger: await definition.create(context) });
  }
  // Nothing is asked: the parts are only held by the handlers.
  // deno-lint-ignore no-explicit-any
  const parts: any = { health: {}, keys: {}, chains: {}, watch: {} };
  const main = mainRoutes(mounted, parts);
  const own: DeclaredRoute[] = routesOf(main, "main");
  for (const { definition, ledger } of mounted) {
    for (const port of definition.ports) {
      const app = new Hono<RequestEnv>();
      ledger.routes(app, port);
      own.push(...routesOf(app, port));
    }
    if (definition.name !== "streams") continue;
    for (const port of ["main", ...definition.ports]) {
      own.push(...streamRoutes(port, prefixOf(definition)));
    }
  }
  for (const { ledger } of mounted) await ledger.stop();
  await log.close();
  store.close();
  return unique(own);
}

function routesOf(app: Hono<RequestEnv>, port: string): DeclaredRoute[] {
  return app.routes.flatMap(({ method, path, handler }) => [
    { port, method, path },
    ...routesBehind(handler).flatMap((route) => {
      const here = path.replace(/\/\*$/, "") + route.path.replaceAll("#", ":");
      const ends = here.endsWith("/") ? [""] : ["", "/"];
      return ends.map((end) => ({ port, method: route.method, path: here + end }));
    }),
  ]);
}

function streamRoutes(port: string, prefix: string): DeclaredRoute[] {
  const control = `${prefix}/__ds`;
  return [
    ...METHODS.map((method) => ({ port, method, path: `${prefix}/:stream` })),
    { port, method: "GET", path: `${control}/jwks.json` },
    ...[...ACTIONS].flatMap(([action, { methods }]) =>
      methods.map((method) => ({
        port,
        method,
        path: `${control}/subscriptions/:id${action === "" ? "" : `/${action}`}` +
          // One of several is named in the path.
          (action === "streams" && method === "DELETE" ? "/:part" : ""),
      }))
    ),
  ];
}

function unique(routes: readonly DeclaredRoute[]): DeclaredRoute[] {
  const byText = new Map(routes.map((route) => [JSON.stringify(Object.values(route)), route]));
  return [...byText.values()];
}
