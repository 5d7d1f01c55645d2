import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import type { Ledger, LedgerDefinition, RequestEnv } from "../../src/ledgers/ledger.ts";
import { LEDGERS } from "../../src/ledgers/registry.ts";
import { chainRoutes, type ChainsContext } from "../../src/server/admin/chains.ts";
import { keyRoutes, type KeysContext } from "../../src/server/admin/keys.ts";
import { type Health, healthRoutes } from "../../src/server/health.ts";
import { withServer } from "../support/in_process.ts";
import { REQUESTS } from "../support/stranger/seeds.ts";

/** The ledgers of a server that has been started, by their names. */
async function ledgersOf(): Promise<Map<string, Ledger>> {
  const made = new Map<string, Ledger>();
  const definitions: { create: LedgerDefinition["create"]; readonly name: string }[] = [...LEDGERS];
  const before = definitions.map(({ create }) => create);
  for (const definition of definitions) {
    const create = definition.create.bind(definition);
    definition.create = async (context) => {
      const ledger = await create(context);
      made.set(definition.name, ledger);
      return ledger;
    };
  }
  try {
    await withServer(() => Promise.resolve());
  } finally {
    definitions.forEach((definition, at) => definition.create = before[at] ?? definition.create);
  }
  return made;
}

/** Methods and paths of an app's own routes; what answers to all others is none. */
function routesOf(app: Hono<RequestEnv>): { method: string; path: string }[] {
  return app.routes.filter(({ method, path }) =>
    method !== "ALL" && method !== "OPTIONS" && !path.includes("*")
  );
}

/** Whether a request asks for a route, at whatever place of the server. */
function asks(route: { method: string; path: string }, method: string, asked: string): boolean {
  if (route.method !== method) return false;
  const [path = ""] = asked.split("?");
  // With a slash at its end and without, and with Hathor's version and without, it is the same.
  const wanted = route.path.replace(/\/$/, "").replace(/^\/v1a/, "").split("/");
  const parts = path.split("/").slice(-wanted.length);
  return wanted.every((part, at) => part === "" || part.startsWith(":") || part === parts[at]);
}

Deno.test("every route of an app is among the requests that are made wrong", async () => {
  const main = new Hono<RequestEnv>();
  // Routes are added without a look at what they are to answer with.
  healthRoutes(main, {} as Health);
  keyRoutes(main, {} as KeysContext);
  chainRoutes(main, {} as ChainsContext);
  const apps = new Map([["admin", main]]);
  for (const [name, ledger] of await ledgersOf()) {
    const app = new Hono<RequestEnv>();
    ledger.routes(app, undefined);
    apps.set(name, app);
  }
  for (const [name, app] of apps) {
    const requests = REQUESTS[name] ?? [];
    const missing = routesOf(app).filter((route) =>
      !route.path.includes("ws") &&
      !requests.some(({ method, path }) => asks(route, method, path))
    );
    assertEquals([name, missing.map(({ method, path }) => `${method} ${path}`)], [name, []]);
  }
});
