import { Hono } from "hono";
import {
  type Ledger,
  type LedgerDefinition,
  prefixOf,
  type RequestEnv,
} from "../ledgers/ledger.ts";
import { chainRoutes, type ChainsContext } from "./admin/chains.ts";
import { keyRoutes, type KeysContext } from "./admin/keys.ts";
import { type Gate, gated } from "./gate.ts";
import { type Health, healthRoutes, upgradingApp } from "./health.ts";
import type { Handler } from "./listeners.ts";
import { problem, problemOf } from "./problem.ts";

/** A ledger with its definition. */
export interface Mounted {
  readonly definition: LedgerDefinition;
  readonly ledger: Ledger;
}

/** What the main port serves beside the ledgers. */
export interface MainParts {
  readonly health: Health;
  readonly keys: KeysContext;
  readonly chains: ChainsContext;
  readonly gate: Gate;
}

/** The main port: health, metrics, administration, and every ledger under its prefix. */
export function mainApp(
  mounted: readonly Mounted[],
  { health, keys, chains, gate }: MainParts,
): Handler {
  // A ledger's prefix is the same with its last slash and without.
  const app = new Hono<RequestEnv>({ strict: false });
  app.get("/", () =>
    Response.json({
      name: "Ledgerline",
      ledgers: mounted.map(({ definition }) => ({
        name: definition.name,
        title: definition.title,
        prefix: `${prefixOf(definition)}/`,
      })),
    }));
  healthRoutes(app, health);
  keyRoutes(app, keys);
  chainRoutes(app, chains);
  for (const { definition, ledger } of mounted) {
    const part = new Hono<RequestEnv>();
    ledger.routes(part, undefined);
    app.route(prefixOf(definition), part);
  }
  app.notFound(() => problem(404, "not_found", "There is nothing here"));
  app.onError(problemOf);
  return gated(handlerOf(app), gate, (request, seconds) => {
    const { pathname } = new URL(request.url);
    const asked = mounted.find(({ definition }) => isUnder(pathname, prefixOf(definition)));
    return tooManyRequests(asked?.ledger, seconds);
  });
}

/** The main port while the store is upgraded. */
export function upgradingHandler(upgrade: { readonly state: string }): Handler {
  return handlerOf(upgradingApp(upgrade));
}

/** One native port of one ledger: its own paths, as its clients know them. */
export function nativeApp({ ledger }: Mounted, port: string, gate: Gate): Handler {
  const app = new Hono<RequestEnv>();
  ledger.routes(app, port);
  return gated(handlerOf(app), gate, (_, seconds) => tooManyRequests(ledger, seconds));
}

/** The answer to an address that asks too often, in the words of the ledger it asks. */
function tooManyRequests(ledger: Ledger | undefined, seconds: number): Response {
  const detail = "This address sends too many requests";
  return ledger?.tooManyRequests?.(seconds) ??
    problem(429, "too_many_requests", detail, { "retry-after": String(seconds) });
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function handlerOf(app: Hono<RequestEnv>): Handler {
  return (request, remoteAddress) => app.fetch(request, { remoteAddress });
}
