import { chainProjection } from "../../../src/server/projections.ts";
import { Hono } from "hono";
import { parseSettingFlags } from "../../../src/cli/settings/setting_options.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { configure } from "../../../src/kernel/configuration.ts";
import { openStore } from "../../../src/kv/open.ts";
import type { Access } from "../../../src/web/access.ts";
import { routesOf } from "../../../src/web/described.ts";
import type { LedgerContext, RequestEnv } from "../../../src/web/ledger.ts";
import { SOLE_OWNER } from "../../../src/web/owner.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { Log } from "../../../src/log/log.ts";
import type { Mounted } from "../../../src/server/mounted.ts";
import { mainRoutes, nativeRoutes } from "../../../src/server/mounts.ts";
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
  /** Whether somebody has said what it does. */
  readonly isDescribed: boolean;
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
  const parts: any = { health: {}, keys: {}, chains: {}, watch: {}, settings: {} };
  const main = mainRoutes(mounted, parts);
  const own: DeclaredRoute[] = declared(main, "main");
  for (const { definition, ledger } of mounted) {
    for (const port of definition.ports) {
      own.push(...declared(nativeRoutes({ definition, ledger }, port), port));
    }
  }
  for (const { ledger } of mounted) await ledger.stop();
  await log.close();
  store.close();
  return unique(own);
}

function declared(app: Hono<RequestEnv>, port: string): DeclaredRoute[] {
  const plain = new Set(app.routes.map(({ path }) => path));
  return [...routesOf(app)].flatMap(({ method, path, told }) => {
    const here = path.replaceAll("#", ":");
    // What a router has is there with a slash at its end as well; streams have names.
    const isOne = plain.has(path) || here.endsWith("/") || path.startsWith("/v1/stream/");
    return (isOne ? [""] : ["", "/"]).map((end) => (
      { port, method, path: here + end, isDescribed: told !== undefined }
    ));
  });
}

function unique(routes: readonly DeclaredRoute[]): DeclaredRoute[] {
  const byText = new Map(routes.map((route) => [JSON.stringify(Object.values(route)), route]));
  return [...byText.values()];
}
