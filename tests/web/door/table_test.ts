import { assert, assertEquals } from "@std/assert";
import { prefixOf } from "../../../src/web/ledger.ts";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { HANDSHAKE, type RawAnswer, rawRequest } from "../../support/raw_http.ts";
import { type DeclaredRoute, declaredRoutes } from "./all_routes.ts";
import { FORMS } from "./forms.ts";
import { tableOf } from "./read_page.ts";
import { CATCH_ALL, type Policy, policyNames, policyOf, type RoutePolicy } from "./policy.ts";

const LISTED = "a-key-of-the-settings";
const PORTS = LEDGERS.flatMap(({ ports }) => ports).filter((port) => port !== "hierachain-port");

/** What stands for the parts of paths. */
const PARTS: Readonly<Record<string, string>> = {
  chain_name: "c",
  target_id: "x",
  org_id: "x",
  channel_id: "x",
  index_or_hash: "0",
  entity_id: "E",
  stream: "s",
  id: "x",
  height: "1",
  cid: "x",
  event: "0",
  part: "x",
  address: "x",
};

/** What answers without an end. */
const ENDLESS: ReadonlySet<string> = new Set(["/v1/records"]);

/** Keys of each kind; `other` reads and appends to what is beside that which is asked for. */
const KINDS = [
  "none",
  "wrong",
  "expired",
  "revoked",
  "other",
  "read",
  "append",
  "admin",
] as const;
type Kind = typeof KINDS[number];

/** Whether a key of a kind is let in, or how it is refused. */
function expected(policy: Policy, kind: Kind): "in" | 401 | 403 {
  const isNone = kind === "none";
  const isBad = kind === "wrong" || kind === "expired" || kind === "revoked";
  switch (policy) {
    case "open":
      return "in";
    case "counts":
      return isBad ? 401 : "in";
    case "token":
      return 401;
    case "key":
      return isNone || isBad ? 401 : "in";
    default:
      if (isNone || isBad) return 401;
      return kind === "admin" || kind === policy ? "in" : 403;
  }
}

/** A route with where it is and what it needs. */
interface Tried extends DeclaredRoute {
  readonly ledger: string;
  readonly origin: string;
  /** The path to ask. */
  readonly asked: string;
  readonly policy: RoutePolicy;
}

Deno.test("every route and every socket lets in whom the table says, wherever a key stands", async () => {
  const routes = await declaredRoutes();
  const places = await readPlaces();
  await withServer(async (local) => {
    const api = new HieraChainApi(local.native, { "x-api-key": LISTED });
    await api.create("c");
    const streams = new HieraChainApi(local.main, { "x-api-key": LISTED });
    await streams.ask("PUT", "/v1/stream/s");
    const keys = await keysOf(local);
    const tried = placed(routes, local);
    let sockets = 0;
    const wrong: string[] = [];
    const note = (route: Tried, what: string, status: unknown, wanted: unknown) => {
      wrong.push(`${route.port} ${route.method} ${route.path} ${what}: ${status}, not ${wanted}`);
    };
    for (const route of tried) {
      const own = keys.get(route.ledger) ?? new Map<Kind, string>();
      for (const kind of KINDS) {
        const wanted = expected(route.policy.http, kind);
        const key = own.get(kind);
        // How a key is held against a route does not depend on where it stands.
        const isEverywhere = kind === "admin" || kind === "wrong";
        for (const place of isEverywhere ? places : places.filter(({ http }) => http).slice(0, 1)) {
          // A key in a place where none may stand is none.
          const here = place.http ? wanted : expected(route.policy.http, "none");
          const status = await statusOf(route, key === undefined ? NOTHING : shownAt(place, key));
          if (!isAs(status, here)) note(route, `${kind} as ${place.name}`, status, here);
          if (key === undefined) break;
        }
      }
      if (route.method !== "GET" || ENDLESS.has(route.asked)) continue;
      const { socket } = route.policy;
      for (const kind of socket === undefined ? ["admin" as const] : KINDS) {
        const wanted = socket === undefined ? undefined : expected(socket, kind);
        const key = own.get(kind);
        for (const place of places) {
          const here = socket === undefined || place.socket ? wanted : expected(socket, "none");
          const shown = key === undefined ? NOTHING : shownAt(place, key);
          const answer = await handshake(route, shown);
          const { status } = answer;
          const isRight = here === undefined
            ? status !== 101
            : status === (here === "in" ? 101 : here);
          const what = `socket, ${kind} as ${place.name}`;
          if (!isRight) note(route, what, status, here ?? "no socket");
          if (here === undefined) continue;
          const fault = status === 101 ? protocolFault(answer, shown) : formFault(answer, route);
          if (fault !== undefined) note(route, what, fault.found, fault.wanted);
          if (key === undefined) break;
        }
      }
      if (socket === undefined) continue;
      sockets++;
      const [good, bad] = [own.get("admin") ?? "", own.get("wrong") ?? ""];
      for (const [first, second] of pairsOf(places.filter((place) => place.socket))) {
        const right = await handshake(route, shownAt(first, good), shownAt(second, bad));
        const wrong = await handshake(route, shownAt(first, bad), shownAt(second, good));
        const found = `${right.status} and ${wrong.status}`;
        const what = `socket, ${first.name} before ${second.name}`;
        if (found !== "101 and 401") note(route, what, found, "101 and 401");
      }
    }
    assertEquals(wrong, []);
    assert(tried.length > 400 && sockets > 50, `${tried.length} routes, ${sockets} sockets`);
  }, { flags: [`--api-keys=${LISTED}`, ...PORTS.map((port) => `--${port}=0`)] });
});

/** All routes with their policies; fails on one that nobody has said anything of. */
function placed(routes: readonly DeclaredRoute[], local: LocalServer): Tried[] {
  const unknown: string[] = [];
  const used = new Set<string>();
  const tried: Tried[] = [];
  for (const route of routes) {
    const { port, method, path } = route;
    if (method === "ALL" || method === "OPTIONS") {
      const isBeside = routes.some((other) =>
        other.port === port && other.path === path && !["ALL", "OPTIONS"].includes(other.method)
      );
      if (isBeside || CATCH_ALL.has(`${port} ${path}`)) continue;
    }
    const { ledger, inside } = whereIs(route);
    const policy = policyOf(ledger, method, inside);
    if (policy === undefined) {
      unknown.push(`${ledger} ${method} ${inside}`);
      continue;
    }
    used.add(`${ledger} ${method} ${inside}`);
    const asked = path.replaceAll(/:(\w+)/g, (_, part: string) => standIn(part, ledger, method));
    tried.push({ ...route, ledger, origin: originOf(port, local), asked, policy });
  }
  assertEquals(unknown, [], "routes without a policy");
  assertEquals(policyNames().filter((name) => !used.has(name)), [], "policies without a route");
  return tried;
}

/** What stands for a part of a path. What is there stays there for the routes that come later. */
function standIn(part: string, ledger: string, method: string): string {
  if (part === "chain") return ledger === "main" ? "streams%2Fs" : "c";
  if (part === "stream" && method === "DELETE") return "gone";
  return PARTS[part] ?? "";
}

/** The ledger that a route is of, and its path inside of that. */
function whereIs({ port, path }: DeclaredRoute): { ledger: string; inside: string } {
  const asLedger = (ledger: string, rest: string) => {
    const inside = ledger === "hathor" ? rest.replace(/^\/v1a(?=\/)/, "") : rest;
    return { ledger, inside: inside.replace(/(?<=.)\/$/, "") || "/" };
  };
  for (const definition of LEDGERS) {
    const prefix = prefixOf(definition);
    const isUnder = path === prefix || path.startsWith(`${prefix}/`);
    const isMounted = port === "main" || definition.mount !== undefined;
    if (isMounted && isUnder) return asLedger(definition.name, path.slice(prefix.length));
    if (definition.ports.includes(port)) return asLedger(definition.name, path);
  }
  return { ledger: "main", inside: path };
}

function originOf(port: string, { server, main }: LocalServer): string {
  if (port === "main") return main;
  const definition = LEDGERS.find(({ ports }) => ports.includes(port));
  const origins = server.ports.filter(({ name }) => name === definition?.name);
  return origins[definition?.ports.indexOf(port) ?? 0]?.origin ?? "";
}

/** A key of each kind for each ledger. */
async function keysOf({ main }: LocalServer): Promise<Map<string, Map<Kind, string>>> {
  const api = new KeysApi(main, LISTED);
  const make = async (scopes: string[], chains: string[], more = {}) =>
    await api.make({ scopes, chains, ...more });
  const all = new Map<string, Map<Kind, string>>();
  for (const ledger of ["main", ...LEDGERS.map(({ name }) => name)]) {
    const chains = [`${ledger === "main" ? "streams" : ledger}/*`];
    const revoked = await make(["admin"], ["*"]);
    await api.revoke(revoked.id);
    const expiresAt = "2001-01-01T00:00:00Z";
    all.set(
      ledger,
      new Map<Kind, string>([
        ["wrong", "lk_000000000000_no-key-of-this-server"],
        ["expired", (await make(["admin"], ["*"], { expiresAt })).key],
        ["revoked", revoked.key],
        ["other", (await make(["read", "append"], [`${chains[0]?.slice(0, -1)}another`])).key],
        ["read", (await make(["read"], chains)).key],
        ["append", (await make(["append"], chains)).key],
        ["admin", (await make(["admin"], ["*"])).key],
      ]),
    );
  }
  return all;
}

/** A key as a subprotocol is answered with what stands beside it, and any other with none. */
function protocolFault({ headers }: RawAnswer, shown: Shown) {
  const wanted = shown.headers["sec-websocket-protocol"]?.split(", ")[0] ?? null;
  const found = headers.get("sec-websocket-protocol");
  return found === wanted ? undefined : { found, wanted };
}

/** A refusal has the form of the ledger that is asked. */
function formFault({ body }: RawAnswer, { ledger }: Tried) {
  const wanted = FORMS[ledger]?.split(",") ?? [];
  const found = body.startsWith("{") ? Object.keys(JSON.parse(body)) : [];
  return wanted.every((member) => found.includes(member)) ? undefined : { found: body, wanted };
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((first, at) => items.slice(at + 1).map((second): [T, T] => [first, second]));
}

/** A place of a key, as the page of the web edge has it. */
interface Place {
  readonly name: string;
  /** Whether a key that stands there counts. */
  readonly http: boolean;
  readonly socket: boolean;
  /** A header as `name: value`, or a query; `<key>` stands for the key. */
  readonly sent: string;
}

async function readPlaces(): Promise<Place[]> {
  return (await tableOf("place")).map(([name = "", sent = "", http = "", socket = ""]) => {
    assert(sent.includes("<key>") && /^(?:yes|no)(?:yes|no)$/.test(http + socket), name);
    return { name, sent, http: http === "yes", socket: socket === "yes" };
  });
}

/** What a request sends with a key in a place. */
interface Shown {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

const NOTHING: Shown = { headers: {}, query: "" };

function shownAt({ sent }: Place, key: string): Shown {
  const text = sent.replace("<key>", key);
  if (text.startsWith("?")) return { headers: {}, query: text };
  const [header = "", value = ""] = text.split(": ");
  return { headers: { [header]: value }, query: "" };
}

/** The answer to a handshake with what a request shows. */
async function handshake({ origin, asked }: Tried, ...shown: Shown[]): Promise<RawAnswer> {
  const headers = Object.assign({ ...HANDSHAKE }, ...shown.map(({ headers }) => headers));
  const query = shown.map(({ query }) => query).join("");
  return await rawRequest(origin, "GET", asked + query, headers);
}

async function statusOf(
  { origin, method, asked }: Tried,
  { headers, query }: Shown,
): Promise<number | "identity"> {
  const response = await fetch(origin + asked + query, { method, headers });
  if (ENDLESS.has(asked) && response.ok) {
    await response.body?.cancel();
    return response.status;
  }
  const text = await response.text();
  // The original's answer of a node without an identity has the status of a missing key.
  return text.includes("Node identity not configured") ? "identity" : response.status;
}

function isAs(status: number | "identity", wanted: "in" | 401 | 403): boolean {
  if (wanted !== "in") return status === wanted;
  return status !== 401 && status !== 403;
}

Deno.test("the README says of each place of a key what the page of the web edge says", async () => {
  const word = (text: string) => /bearer\.|token|X-API-Key|Bearer/.exec(text)?.[0];
  const short = (await tableOf("place", "README.md"))
    .map(([place = "", http, socket]) => [word(place), http, socket]);
  const long = (await tableOf("place"))
    .map(([place = "", sent = "", http, socket]) => [
      word(place === "subprotocol" ? sent : place),
      http,
      socket,
    ]);
  assertEquals(short.sort(), long.sort());
});
