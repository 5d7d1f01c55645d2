import type { Context } from "hono";
import { streamProblemOf } from "../http/responses.ts";
import { protocolOptions } from "../http/responses.ts";
import { type Access, admit } from "../../web/access.ts";
import { askedUrl } from "../../web/asked_url.ts";
import { bearerOf, shownKey } from "../../web/bearer.ts";
import { answering } from "../../web/described.ts";
import type { LedgerApp, RequestEnv } from "../../web/ledger.ts";
import { SUBSCRIPTIONS_CHAIN } from "../chain/names.ts";
import { answer } from "../http/responses.ts";
import { readClaim, readConfig, readPath, readReport, readStreams } from "./config.ts";
import { allow, controlAnswer, noRoute, readId, readJson, unescape } from "./control_messages.ts";
import { SubscriptionRefusal } from "./errors.ts";
import { controlOperations } from "./operations.ts";
import { denial, denialOfStreams, readBy } from "./permission.ts";
import { type ControlContext, shownSubscription } from "./shown_subscription.ts";
import { CONTROL } from "./subscriptions.ts";

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
export function controlRoutes(app: LedgerApp, context: ControlContext, base: string): void {
  const route = answering(async ({ req: { raw }, env: { handOver } }: Context<RequestEnv>) => {
    try {
      // What is pending is known where streams are written.
      if (handOver !== undefined && raw.method !== "OPTIONS") return await handOver(raw, false);
      return await handle(raw, context);
    } catch (error) {
      if (!(error instanceof SubscriptionRefusal)) return streamProblemOf(error);
      const { status, code, message, facts } = error;
      const { allow, ...others } = facts;
      return controlAnswer(status, { error: { code, message, ...others } }, {
        allow: allow === undefined ? undefined : String(allow),
      });
    }
  }, controlOperations);
  app.all(`${base}/__ds/*`, route);
}

async function handle(request: Request, context: ControlContext): Promise<Response> {
  if (request.method === "OPTIONS") return protocolOptions();
  const { origin, pathname } = askedUrl(request);
  const [kind, id, action = "", ...rest] = pathname.slice(CONTROL.length + 1).split("/");
  if (kind === "jwks.json" && id === undefined) {
    allow(request, ["GET"]);
    return controlAnswer(200, { keys: [context.subscriptions.key.jwk] }, {
      "content-type": "application/jwk-set+json",
      "cache-control": "public, max-age=300",
    });
  }
  if (kind !== "subscriptions" || id === undefined) throw noRoute();
  const asked: Asked = {
    request,
    origin,
    id: readId(id),
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
 * By the path after a subscription's id. Acks, callbacks and releases need the wake's token, all else
 * a key that covers the chain of subscriptions.
 */
const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
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
  const denied = denial(request, context, "append", [SUBSCRIPTIONS_CHAIN]);
  if (denied !== undefined) return denied;
  const { worker } = readClaim(await readJson(request));
  // The answer to a claim names streams, which the key has to be allowed to read.
  const { config } = await subscriptions.management.get(id);
  const unreadable = denial(request, context, "read", readBy(config, context));
  if (unreadable !== undefined) return unreadable;
  const { subscription, token, streams } = await subscriptions.claim(id, worker);
  const { wake, generation } = subscription;
  return controlAnswer(200, {
    wake_id: wake?.id,
    generation,
    token,
    streams,
    lease_ttl_ms: config.lease,
  });
}

/** An ack, a callback or a release: its token is checked before anything else of it. */
async function report(
  { request, id }: Asked,
  { subscriptions }: ControlContext,
  action: "ack" | "callback" | "release",
): Promise<Response> {
  const proof = subscriptions.proof(id, bearerOf(request.headers));
  const body = readReport(await readJson(request));
  if (action === "release") {
    await subscriptions.release(id, proof, body);
    return answer(204, {});
  }
  const next = await subscriptions[action](id, proof, body);
  return controlAnswer(200, { ok: true, next_wake: next });
}

async function ofItself(asked: Asked, context: ControlContext): Promise<Response> {
  const { request, id, origin } = asked;
  const { subscriptions } = context;
  const { management } = subscriptions;
  const scope = request.method === "GET" ? "read" : "append";
  const denied = denial(request, context, scope, [SUBSCRIPTIONS_CHAIN]);
  if (denied !== undefined) return denied;
  switch (request.method) {
    case "PUT": {
      const config = readConfig(await readJson(request));
      const unreadable = denialOfStreams(request, context, config);
      if (unreadable !== undefined) return unreadable;
      const owner = ownerOf(request, context.access);
      const { subscription, isNew } = await subscriptions.create(id, config, origin, owner);
      return controlAnswer(
        isNew ? 201 : 200,
        await shownSubscription(asked, context, subscription),
      );
    }
    case "GET": {
      const after = askedUrl(request).searchParams.get("streams_after") ?? undefined;
      if (after !== undefined) readPath(after);
      return controlAnswer(
        200,
        await shownSubscription(asked, context, await management.get(id), after),
      );
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
  const denied = denial(request, context, "append", [SUBSCRIPTIONS_CHAIN]);
  if (denied !== undefined) return denied;
  if (path !== undefined) await management.removeStream(id, readPath(path));
  else {
    const streams = readStreams(await readJson(request));
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
