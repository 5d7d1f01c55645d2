import { Hono } from "hono";
import {
  type Ledger,
  type LedgerDefinition,
  prefixOf,
  type RequestEnv,
} from "../ledgers/ledger.ts";
import { type Health, healthRoutes } from "./health.ts";
import type { Handler } from "./listeners.ts";
import { problem, problemOf } from "./problem.ts";

/** A ledger with its definition. */
export interface Mounted {
  readonly definition: LedgerDefinition;
  readonly ledger: Ledger;
}

/** The main port: health and metrics, and every ledger under its prefix. */
export function mainApp(mounted: readonly Mounted[], health: Health): Handler {
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
  for (const { definition, ledger } of mounted) {
    const part = new Hono<RequestEnv>();
    ledger.routes(part, undefined);
    app.route(prefixOf(definition), part);
  }
  app.notFound(() => problem(404, "not_found", "There is nothing here"));
  app.onError(problemOf);
  return handlerOf(app);
}

/** One native port of one ledger: its own paths, as its clients know them. */
export function nativeApp({ ledger }: Mounted, port: string): Handler {
  const app = new Hono<RequestEnv>();
  ledger.routes(app, port);
  return handlerOf(app);
}

function handlerOf(app: Hono<RequestEnv>): Handler {
  return (request, remoteAddress) => app.fetch(request, { remoteAddress });
}
