import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { devRoutes } from "../../../src/dev/routes.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { routesOf } from "../../../src/web/described.ts";
import type { RequestEnv } from "../../../src/web/ledger.ts";
import { withServer } from "../../support/in_process.ts";
import { type DeclaredRoute, declaredRoutes } from "../../web/door/all_routes.ts";
import { type AsyncApi, asyncapiAt, openapiAt, operationsIn } from "./documents.ts";

/** Native ports, by the settings that name them. */
const PORTS = LEDGERS.flatMap(({ ports }) => ports);
const FLAGS = PORTS.filter((port) => port !== "hierachain-port").map((port) => `--${port}=0`);
const DOCUMENTS = ["/openapi.json", "/asyncapi.json", "/docs"];

/** Routes as documents have them: one for each method and path, without a slash at its end. */
function told(routes: readonly DeclaredRoute[], port: string): string[] {
  const own = routes.filter((route) => route.port === port);
  const paths = own.map(({ method, path }) => {
    const plain = path.replaceAll(/:(\w+)/g, "{$1}").replace(/(?<=.)\/$/, "");
    return `${method} ${plain}`;
  });
  return [...new Set(paths)].sort();
}

Deno.test("every route says what it does where it is declared", async () => {
  const app = new Hono<RequestEnv>();
  // Nothing is asked: what the routes work on is only held by the handlers.
  // deno-lint-ignore no-explicit-any
  devRoutes(app, {} as any);
  const dev = [...routesOf(app)].filter(({ told }) => told === undefined);
  const others = (await declaredRoutes()).filter(({ isDescribed }) => !isDescribed);
  assertEquals([...dev, ...others].map(({ method, path }) => `${method} ${path}`), []);
});

Deno.test("the documents tell the routes that are mounted, and no others, on every port", async () => {
  const routes = await declaredRoutes();
  await withServer(async ({ main, server }) => {
    assertEquals(operationsIn(await openapiAt(main)), told(routes, "main"));
    for (const { name, origin, setting } of server.ports) {
      // Its own port has the original's document, whose operations are on the main port as well.
      if (name === "main" || name === "hierachain") continue;
      assertEquals(operationsIn(await openapiAt(origin)), told(routes, setting), setting);
    }
  }, { flags: FLAGS });
});

Deno.test("every socket is told with its messages, on the main port and on its own", async () => {
  await withServer(async ({ main, server }) => {
    const sockets = ({ channels }: AsyncApi) =>
      Object.values(channels).filter(({ bindings }) => bindings?.ws !== undefined);
    const addresses = (of: AsyncApi) => sockets(of).map(({ address }) => address).sort();
    const all = await asyncapiAt(main);
    assertEquals(addresses(all), [
      "/bigchaindb/api/v1/streams/rejected_transactions",
      "/bigchaindb/api/v1/streams/valid_blocks",
      "/bigchaindb/api/v1/streams/valid_transactions",
      "/hathor/v1a/event_ws",
      "/hathor/v1a/mining",
      "/hathor/v1a/mining_ws",
      "/hathor/v1a/ws",
      "/hierachain/ws",
      "/hierachain/ws/{chain_name}",
      "/planetmint/api/v1/streams/rejected_transactions",
      "/planetmint/api/v1/streams/valid_blocks",
      "/planetmint/api/v1/streams/valid_transactions",
      "/v1/all",
      "/v1/stream/{stream}",
    ]);
    for (const { address, messages } of sockets(all)) {
      assert(Object.keys(messages).length > 0, `${address}`);
    }
    for (const { name, origin } of server.ports) {
      if (name !== "main") assert(addresses(await asyncapiAt(origin)).length > 0, name);
    }
  }, { flags: FLAGS });
});

Deno.test("the documents are right behind a proxy and a path, and nothing is believed of a bad one", async () => {
  await withServer(async ({ main }) => {
    const { host } = new URL(main);
    const at = async (headers: Record<string, string>) => {
      const { sockets } = (await asyncapiAt(main, headers)).servers;
      return [sockets?.protocol, sockets?.host, sockets?.pathname];
    };
    assertEquals(await at({}), ["ws", host, undefined]);
    const behind = { "x-forwarded-proto": "https", "x-forwarded-prefix": "/ledger/" };
    assertEquals(await at(behind), ["wss", host, "/ledger"]);
    for (const bad of ["//evil.example", "/a?b", "https://evil.example", '/"'] as const) {
      assertEquals((await at({ "x-forwarded-prefix": bad }))[2], undefined, bad);
    }
    // Relative to where the document is.
    assertEquals((await openapiAt(main)).servers, [{ url: "." }]);
  });
});

Deno.test("the documents are for everybody, and nothing of the store is in them", async () => {
  const flags = ["--api-keys=a-key-of-the-settings", ...FLAGS];
  await withServer(async ({ server }) => {
    for (const { origin, name } of server.ports) {
      for (const path of [...DOCUMENTS, ...name === "main" ? ["/version"] : []]) {
        const response = await fetch(origin + path);
        await response.body?.cancel();
        assertEquals(response.status, 200, name + path);
        const head = await fetch(origin + path, { method: "HEAD" });
        assertEquals([head.status, await head.text()], [200, ""], name + path);
      }
    }
  }, { flags });
});

Deno.test("the page loads nothing, and runs nothing but its own script", async () => {
  await withServer(async ({ main, server }) => {
    for (const { origin, name } of server.ports) {
      // As the original has it; its own test looks at it.
      if (name === "hierachain") continue;
      const response = await fetch(`${origin}/docs`);
      const html = await response.text();
      assertMatch(response.headers.get("content-type") ?? "", /^text\/html/);
      const policy = response.headers.get("content-security-policy") ?? "";
      const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
      const [, script = ""] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
      const hash = (text: string) => createHash("sha256").update(text).digest("base64");
      assertEquals(
        policy,
        `default-src 'none'; style-src 'sha256-${hash(style)}'; script-src 'sha256-${
          hash(script)
        }'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      assert(!/<(?:link|img|iframe|script src)|\son\w+=/.test(html), name);
      assertEquals(html.match(/(?:href|src)="(?!#)[^"]*"/g), [
        'href="openapi.json"',
        'href="asyncapi.json"',
      ]);
    }
    const html = await (await fetch(`${main}/docs`)).text();
    for (const [path, methods] of Object.entries((await openapiAt(main)).paths)) {
      const isThere = Object.values(methods).every((each) =>
        html.includes(each["x-same-as"] ?? path) && html.includes(path)
      );
      assert(isThere, path);
    }
  }, { flags: FLAGS });
});
