import { bearerOf, shownKey } from "../../web/bearer.ts";
import { type Access, admit } from "../../web/access.ts";
import { readBody } from "../../web/body.ts";
import type { LedgerApp } from "../../web/ledger.ts";
import { answer, type AnswerHeaders, protocolOptions, streamProblemOf } from "../responses.ts";
import type { StreamService } from "../service.ts";
import { readClaim, readConfig, readPath, readReport, readStreams } from "./config.ts";
import { invalid, SubscriptionRefusal } from "./errors.ts";
import { LISTED } from "./management.ts";
import { denial, denialOfStreams, readBy } from "./permission.ts";
import { CHAIN, type Subscription } from "./state.ts";
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
      if (!(error instanceof SubscriptionRefusal)) return streamProblemOf(error);
      const { status, code, message, facts } = error;
      const { allow, ...others } = facts;
      return json(status, { error: { code, message, ...others } }, {
        allow: allow === undefined ? undefined : String(allow),
      });
    }
  });
}

async function handle(request: Request, context: ControlContext): Promise<Response> {
  if (request.method === "OPTIONS") return protocolOptions();
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

/** What may be asked of a subscription, and how. */
interface Action {
  readonly methods: readonly string[];
  readonly act: (asked: Asked, context: ControlContext) => Promise<Response>;
}

/**
 * By what follows a subscription's id. Whoever reports on a wake shows its token; all else is for
 * who may manage subscriptions.
 */
export const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["", { methods: ["DELETE", "GET", "PUT"], act: ofItself }],
  ["streams", { methods: ["DELETE", "POST"], act: ofStreams }],
  ["claim", { methods: ["POST"], act: claim }],
  ["ack", { methods: ["POST"], act: (asked, context) => report(asked, context, "ack") }],
  ["callback", { methods: ["POST"], act: (asked, context) => report(asked, context, "callback") }],
  ["release", { methods: ["POST"], act: (asked, context) => report(asked, context, "release") }],
]);

async function act(asked: Asked, context: ControlContext): Promise<Response> {
  const action = ACTIONS.get(asked.action);
  if (action === undefined) throw noRoute();
  allow(asked.request, action.methods);
  return await action.act(asked, context);
}

async function claim(asked: Asked, context: ControlContext): Promise<Response> {
  const { request, id } = asked;
  const { subscriptions } = context;
  const denied = denial(request, context, "append", [CHAIN]);
  if (denied !== undefined) return denied;
  const { worker } = readClaim(await bodyOf(request));
  // A claim is answered with the names of streams.
  const { config } = await subscriptions.management.get(id);
  const unreadable = denial(request, context, "read", readBy(config, context));
  if (unreadable !== undefined) return unreadable;
  const { subscription, token, streams } = await subscriptions.claim(id, worker);
  const { wake, generation } = subscription;
  return json(200, {
    wake_id: wake?.id,
    generation,
    token,
    streams,
    lease_ttl_ms: config.lease,
  });
}

/** A report on a wake: its token is looked at before anything else of it. */
async function report(
  { request, id }: Asked,
  { subscriptions }: ControlContext,
  action: "ack" | "callback" | "release",
): Promise<Response> {
  const proof = subscriptions.proof(id, bearerOf(request.headers));
  const body = readReport(await bodyOf(request));
  if (action === "release") {
    await subscriptions.release(id, proof, body);
    return answer(204, {});
  }
  const next = await subscriptions[action](id, proof, body);
  return json(200, { ok: true, next_wake: next });
}

async function ofItself(asked: Asked, context: ControlContext): Promise<Response> {
  const { request, id, origin } = asked;
  const { subscriptions } = context;
  const { management } = subscriptions;
  const scope = request.method === "GET" ? "read" : "append";
  const denied = denial(request, context, scope, [CHAIN]);
  if (denied !== undefined) return denied;
  switch (request.method) {
    case "PUT": {
      const config = readConfig(await bodyOf(request));
      const unreadable = denialOfStreams(request, context, config);
      if (unreadable !== undefined) return unreadable;
      const owner = ownerOf(request, context.access);
      const { subscription, isNew } = await subscriptions.create(id, config, origin, owner);
      return json(isNew ? 201 : 200, await shown(asked, context, subscription));
    }
    case "GET": {
      const after = new URL(request.url).searchParams.get("streams_after") ?? undefined;
      if (after !== undefined) readPath(after);
      return json(200, await shown(asked, context, await management.get(id), after));
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

/** The id of the key that a request shows, where one is needed. */
function ownerOf(request: Request, access: Access): string | undefined {
  const grant = access.isRequired ? admit(access, shownKey(request)) : "none";
  return typeof grant === "string" ? undefined : grant.id;
}

/**
 * A subscription as its clients see it (PROTOCOL.md, section 6.3), with those of its streams that
 * the key may read. Where it has very many the answer has a part of them, and says which one to go
 * on after.
 */
async function shown(
  { request, origin }: Asked,
  { subscriptions, service, access }: ControlContext,
  subscription: Subscription,
  after?: string,
): Promise<unknown> {
  const { id, config, createdAt, retryAt } = subscription;
  const { key, management } = subscriptions;
  const grant = admit(access, shownKey(request));
  const mayRead = (path: string) =>
    typeof grant !== "string" && grant.allows("read", service.chainName(path));
  const links = await management.links(subscription, after);
  return {
    id,
    subscription_id: id,
    type: config.type,
    pattern: config.pattern,
    streams: links.filter(({ path }) => mayRead(path)).map(({ path, link }) => ({
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
