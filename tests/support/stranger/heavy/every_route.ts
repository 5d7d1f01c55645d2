import { declaredRoutes } from "../../../web/door/all_routes.ts";
import { get, post, REQUESTS } from "../seeds.ts";
import type { WireRequest } from "../wire.ts";
import { type Heavy, LINE, list, MIB, nested, times } from "./heavy.ts";

/** Routes of the main port, each once: Hathor's have two or four paths. */
const ROUTES = (await declaredRoutes()).filter(({ port, path }) =>
  port === "main" && !/\*|.\/$|^\/hathor\/(?!v1a|tx-mining)/.test(path)
);

/** The ledger that a path is of. */
function ledgerOf(path: string): string {
  const [, name = "admin"] =
    /^\/(hierachain|hathor|bigchaindb|planetmint|v1\/stream)\b/.exec(path) ?? [];
  return name.replace("v1/stream", "streams");
}

/** Names in a path, each as long as they all may be. */
function withLongNames(path: string): string[] {
  const names = path.match(/:\w+/g) ?? [];
  return names.length === 0 ? [] : ["a", "9", "%20", "%2F"].map((text) => {
    const long = text.repeat(LINE / text.length / names.length);
    return path.replaceAll(/:\w+/g, long);
  });
}

/** A query's values made long, and its parts given as often as go in. */
function withLongQuery(path: string): string[] {
  const [place = "", query] = path.split("?");
  if (query === undefined) return [];
  const pairs = query.split("&").map((pair) => pair.split("=")[0] ?? "");
  const long = pairs.map((name) => `${name}=${"9".repeat(LINE / pairs.length)}`).join("&");
  const often = times(Math.floor(LINE / (query.length + 1)), () => query).join("&");
  return [`${place}?${long}`, `${place}?${often}`];
}

/** Bodies of up to 1 MiB. */
const BODIES: readonly (readonly [string, () => string])[] = [
  ["texts", () => list(MIB - 2, '"a"')],
  ["objects", () => list(MIB - 2, "{}")],
  ["lists in lists", () => nested(500_000)],
  ["members", () => `{${times(60_000, (at) => `"k${at}":1`).join(",")}}`],
  ["digits", () => `{"a":${"9".repeat(MIB - 100)}}`],
];

/** What each route is sent that knows nothing of it, at once for all routes of a ledger. */
const KINDS: readonly (readonly [string, (ledger: string) => WireRequest[]])[] = [
  [
    "long names",
    (ledger) =>
      ROUTES.filter(({ method, path }) => method === "GET" && ledgerOf(path) === ledger)
        .flatMap(({ path }) => withLongNames(path)).map(get),
  ],
  ["long queries", (ledger) =>
    Object.values(REQUESTS).flat()
      .filter(({ method, path }) => method === "GET" && ledgerOf(path) === ledger)
      .flatMap(({ path }) => withLongQuery(path)).map(get)],
  ...BODIES.map(([of, body]) =>
    [
      `bodies of ${of}`,
      (ledger: string) =>
        ROUTES.filter(({ method, path }) => /POST|PUT/.test(method) && ledgerOf(path) === ledger)
          .map(({ method, path }) => post(path.replaceAll(/:\w+/g, "heavy"), body(), method)),
    ] as const
  ),
];

const LEDGER_NAMES = [...new Set(ROUTES.map(({ path }) => ledgerOf(path)))];

export const EVERY_ROUTE: readonly Heavy[] = LEDGER_NAMES.flatMap((ledger) =>
  KINDS.map(([kind, requests]) => ({
    name: `every route of ${ledger}: ${kind}`,
    requests: () => requests(ledger),
  }))
);
