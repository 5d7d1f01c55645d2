import { assertEquals } from "@std/assert";
import { type DeclaredRoute, declaredRoutes } from "../web/door/all_routes.ts";
import { REQUESTS } from "../support/stranger/seeds.ts";
import { SOCKETS } from "../support/stranger/sockets.ts";

/** A path without its query and a slash at its end, and without Hathor's version. */
function placeOf(path: string): string {
  return path.replace(/\?.*/, "").replace(/(.)\/$/, "$1").replace("/v1a", "");
}

/** Whether a path is one of those of a route. */
function isOf(route: DeclaredRoute, path: string): boolean {
  const wanted = placeOf(route.path).split("/");
  const parts = placeOf(path).split("/");
  // A stream's name takes all that follows.
  if (route.path.endsWith("/:stream")) parts.length = Math.min(parts.length, wanted.length);
  return wanted.length === parts.length &&
    wanted.every((part, at) => part.startsWith(":") || part === parts[at]);
}

Deno.test("every route is among the requests and sockets that are made wrong", async () => {
  // What answers to all paths or methods is behind every other request.
  const routes = (await declaredRoutes()).filter(({ port, method, path }) =>
    port === "main" && method !== "ALL" && method !== "OPTIONS" && !path.includes("*")
  );
  const asked = [
    ...Object.values(REQUESTS).flat(),
    ...SOCKETS.flatMap(({ paths }) => paths.map((path) => ({ method: "GET", path }))),
  ];
  const missing = routes.filter((route) =>
    !asked.some(({ method, path }) => method === route.method && isOf(route, path))
  );
  assertEquals(missing.map(({ method, path }) => `${method} ${path}`), []);
});
