import { bearerOf } from "../../bearer.ts";
import { type Access, admit, denialOf, type Scope } from "../../access.ts";
import { readBody } from "../../body.ts";
import type { LedgerApp } from "../../ledger.ts";
import { answer, type AnswerHeaders, preflight, problem, problemOf } from "../responses.ts";
import type { StreamService } from "../service.ts";
import { readClaim, readConfig, readPath, readReport, readStreams } from "./config.ts";
import { invalid, SubscriptionRefusal } from "./errors.ts";
import { LISTED } from "./management.ts";
import { CHAIN, type Config, type Subscription } from "./state.ts";
import { CONTROL, type Subscriptions } from "./subscriptions.ts";
import { linkType } from "./told_streams.ts";

/** Bytes of a request's body: 200 acks of the longest names fit. */
const BODY_BYTES = 256 * 1024;

const ID_CHARS = 128;

/** What the routes need. */
export interface ControlContext {
  readonly subscriptions: Subscriptions;
  readonly service: StreamService;
  readonly access: Access;
}

/** A request to a subscription: what it names, and from where it came. */
interface Asked {
  readonly request: Request;
  readonly origin: string;
  readonly id: string;
  /** What follows the id, unescaped. */
  readonly action: string;
  readonly path: string | undefined;
}

/** Adds the control routes, which go before those of streams (PROTOCOL.md, section 6). */
export function controlRoutes(app: LedgerApp, context: ControlContext): void {
  app.all("/__ds/*", async ({ req: { raw } }) => {
    try {
      return await handle(raw, context);
    } catch (error) {
      if (!(error instanceof SubscriptionRefusal)) return problemOf(error);
      const { status, code, message, facts } = error;
      const { allow, ...others } = facts;
      return json(status, { error: { code, message, ...others } }, {
        allow: allow === undefined ? undefined : String(allow),
      });
    }
  });
}

async function handle(request: Request, context: ControlContext): Promise<Response> {
  if (request.method === "OPTIONS") return preflight();
  const { origin, pathname } = new URL(request.url);
  const [kind, id, action = "", ...rest] = pathname.slice(CONTROL.length + 1).split("/");
  if (kind === "jwks.json" && id === undefined) {
    allow(request, ["GET"]);
    return json(200, { keys: [context.subscriptions.key.jwk] }, {
      "content-type": "application/jwk-set+json",
      "cache-control": "public, max-age=300",
    });
  }
  if (kind !== "subscriptions" || id === undefined) throw noRoute();
  const asked: Asked = {
    request,
    origin,
    id: readId(unescape(id)),
    action,
    path: rest.length === 0 ? undefined : unescape(rest.join("/")),
  };
  return asked.path === undefined || action === "streams"
    ? await act(asked, context)
    : Promise.reject(noRoute());
}

/** Whoever reports on a wake shows its token; all else is for who may manage subscriptions. */
async function act(asked: Asked, context: ControlContext): Promise<Response> {
  const { request, id, action } = asked;
  const { subscriptions } = context;
  switch (action) {
    case "":
      return await ofItself(asked, context);
    case "streams":
      return await ofStreams(asked, context);
    case "claim": {
      allow(request, ["POST"]);
      const denied = denial(request, context, "append", [CHAIN]);
      if (denied !== undefined) return denied;
      const { worker } = readClaim(await bodyOf(request));
      const { subscription, token, streams } = await subscriptions.claim(id, worker);
      const { wake, generation, config } = subscription;
      return json(200, {
        wake_id: wake?.id,
        generation,
        token,
        streams,
        lease_ttl_ms: config.lease,
      });
    }
    case "ack":
    case "callback": {
      allow(request, ["POST"]);
      const token = bearerOf(request.headers);
      subscriptions.checkToken(id, token);
      const report = readReport(await bodyOf(request));
      const next = await subscriptions[action](id, token, report);
      return json(200, { ok: true, next_wake: next });
    }
    case "release": {
      allow(request, ["POST"]);
      const token = bearerOf(request.headers);
      subscriptions.checkToken(id, token);
      await subscriptions.release(id, token, readReport(await bodyOf(request)));
      return answer(204, {});
    }
    default:
      throw noRoute();
  }
}

async function ofItself(asked: Asked, context: ControlContext): Promise<Response> {
  const { request, id, origin } = asked;
  const { subscriptions } = context;
  const { management } = subscriptions;
  allow(request, ["DELETE", "GET", "PUT"]);
  const scope = request.method === "GET" ? "read" : "append";
  const denied = denial(request, context, scope, [CHAIN]);
  if (denied !== undefined) return denied;
  switch (request.method) {
    case "PUT": {
      const config = readConfig(await bodyOf(request));
      const unreadable = denialOfStreams(request, context, config);
      if (unreadable !== undefined) return unreadable;
      const { subscription, isNew } = await subscriptions.create(
        id,
        config,
        origin,
        ownerOf(request, context.access),
      );
      return json(isNew ? 201 : 200, await shown(subscriptions, subscription, origin));
    }
    case "GET": {
      const after = new URL(request.url).searchParams.get("streams_after") ?? undefined;
      if (after !== undefined) readPath(after);
      return json(200, await shown(subscriptions, await management.get(id), origin, after));
    }
    default:
      await management.remove(id);
      return answer(204, {});
  }
}

async function ofStreams(asked: Asked, context: ControlContext): Promise<Response> {
  const { request, id, path } = asked;
  const { management } = context.subscriptions;
  allow(request, [path === undefined ? "POST" : "DELETE"]);
  const denied = denial(request, context, "append", [CHAIN]);
  if (denied !== undefined) return denied;
  if (path !== undefined) await management.removeStream(id, readPath(path));
  else {
    const streams = readStreams(await bodyOf(request));
    const chains = streams.map((name) => context.service.chainName(name));
    const unreadable = denial(request, context, "read", chains);
    if (unreadable !== undefined) return unreadable;
    await management.addStreams(id, streams);
  }
  return answer(204, {});
}

/** Who subscribes to streams may read them, and write to the stream that wakes are told in. */
function denialOfStreams(
  request: Request,
  context: ControlContext,
  { streams, wakeStream }: Config,
): Response | undefined {
  const { service } = context;
  const read = streams.map((name) => service.chainName(name));
  const written = wakeStream === null ? [] : [service.chainName(wakeStream)];
  return denial(request, context, "read", read) ?? denial(request, context, "append", written);
}

/** The id of the key that a request shows, where one is needed. */
function ownerOf({ headers }: Request, access: Access): string | undefined {
  const grant = access.isRequired ? admit(access, keyOf(headers)) : "none";
  return typeof grant === "string" ? undefined : grant.id;
}

function keyOf(headers: Headers): string | null {
  return bearerOf(headers) ?? headers.get("x-api-key");
}

function denial(
  { headers }: Request,
  { access }: ControlContext,
  scope: Scope,
  chains: readonly string[],
): Response | undefined {
  const key = keyOf(headers);
  for (const chain of chains) {
    const denied = denialOf(access, key, scope, chain);
    if (denied === "forbidden") {
      return problem(403, "forbidden", `This key does not allow to ${scope} ${chain}`);
    }
    if (denied !== undefined) {
      return problem(401, "unauthorized", "A valid key is needed, as Authorization: Bearer", {
        "www-authenticate": "Bearer",
      });
    }
  }
  return undefined;
}

/**
 * A subscription as its clients see it (PROTOCOL.md, section 6.3). Where it has very many streams
 * the answer has a part of them, and says which one to go on after.
 */
async function shown(
  subscriptions: Subscriptions,
  subscription: Subscription,
  origin: string,
  after?: string,
): Promise<unknown> {
  const { id, config, createdAt, retryAt } = subscription;
  const { key, management } = subscriptions;
  const links = await management.links(subscription, after);
  return {
    id,
    subscription_id: id,
    type: config.type,
    pattern: config.pattern,
    streams: links.map(({ path, link }) => ({
      path,
      link_type: linkType(link),
      acked_offset: link.acked,
    })),
    ...(links.length < LISTED ? {} : { streams_after: links.at(-1)?.path }),
    webhook: config.url === null ? null : {
      url: config.url,
      signing: {
        alg: "ed25519",
        kid: key.jwk.kid,
        jwks_url: `${subscriptions.baseOf(origin)}/jwks.json`,
      },
    },
    wake_stream: config.wakeStream,
    lease_ttl_ms: config.lease,
    created_at: new Date(createdAt).toISOString(),
    status: config.type === "webhook" && retryAt !== null ? "failed" : "active",
    description: config.description,
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  const bytes = await readBody(request, BODY_BYTES);
  if (bytes === undefined) {
    throw new SubscriptionRefusal("TOO_LARGE", `A body has up to ${BODY_BYTES} bytes`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("The body is not JSON");
  }
}

function allow({ method }: Request, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  const known = methods.join(", ");
  throw new SubscriptionRefusal("METHOD_NOT_ALLOWED", `Known here: ${known}`, { allow: known });
}

function readId(id: string): string {
  if (id !== "" && id.length <= ID_CHARS) return id;
  throw invalid(`A subscription's id has 1 to ${ID_CHARS} characters`);
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("The path is not well escaped");
  }
}

function noRoute(): SubscriptionRefusal {
  return new SubscriptionRefusal("NOT_FOUND", "There is no such control route");
}

function json(
  status: number,
  body: unknown,
  headers: AnswerHeaders = {},
): Response {
  const given = { "content-type": "application/json", "cache-control": "no-store", ...headers };
  return answer(status, given, JSON.stringify(body));
}
