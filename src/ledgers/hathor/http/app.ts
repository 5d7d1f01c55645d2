import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import type { PyJson } from "../../../python/json.ts";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { denialOf, type Scope } from "../../../web/access.ts";
import { shownKey } from "../../../web/bearer.ts";
import { readBody } from "../../../web/body.ts";
import type { LedgerApp, LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import type { OfChain as HathorService } from "../intake/node.ts";
import { NoTemplateError } from "../queries/templates.ts";
import { BadRequest, RequestArguments as Arguments } from "./arguments.ts";
import { ModelError } from "./pydantic.ts";
import {
  denied,
  failureAnswer as failure,
  foreign,
  jsonAnswer as json,
  ledgerFailure,
  methodNotAllowed,
  noSuchResource as notFound,
  preflight,
} from "./responses.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** The largest body of a request, in bytes: more than twice that of the largest vertex. */
const BODY_BYTES = 256 * 1024;

/** A request as handlers see it. */
export interface Call {
  readonly args: Arguments;
  /** What stands for a part of the path. */
  part(name: string): string;
  /** The body as JSON; undefined where it is none. */
  body(): Promise<unknown>;
  /** The body as text, instead. */
  text(): Promise<string>;
}

/** Answers a request with a body, which becomes JSON, or with a whole response. */
export type Handler = (call: Call) => PyJson | Response | Promise<PyJson | Response>;

/** A path, and what is there. */
export interface Route {
  /** With parts such as `:address`. */
  readonly path: string;
  readonly GET?: Handler;
  readonly POST?: Handler;
  /** What GET needs to be allowed to do, where that is not to read. */
  readonly getScope?: Scope;
  /** What POST needs to be allowed to do, where that is not to append. */
  readonly postScope?: Scope;
  /** Whether no key is needed. */
  readonly isOpen?: boolean;
}

/** What routes are made of. */
export interface RouteContext {
  readonly service: HathorService;
  readonly ledger: Pick<LedgerContext, "access" | "clock">;
}

/** Adds routes under each of the bases, with and without a slash at their end. */
export function addRoutes(
  app: LedgerApp,
  bases: readonly string[],
  routes: readonly Route[],
  context: RouteContext,
): void {
  for (const base of bases) {
    for (const route of routes) {
      for (const path of [`${base}${route.path}`, `${base}${route.path}/`]) {
        addRoute(app, path, route, context);
      }
    }
  }
}

/** Answers whatever no route has. */
export function addNotFound(app: LedgerApp): void {
  app.all("*", () => notFound());
}

function addRoute(app: LedgerApp, path: string, route: Route, context: RouteContext): void {
  const { GET, POST, getScope = "read", postScope = "append", isOpen } = route;
  if (GET !== undefined) app.get(path, answering(GET, isOpen ? undefined : getScope, context));
  if (POST !== undefined) app.post(path, answering(POST, isOpen ? undefined : postScope, context));
  app.on("OPTIONS", path, preflight);
  const reading = GET === undefined ? [] : ["GET", "HEAD"];
  const allowed = [...reading, "OPTIONS", ...POST === undefined ? [] : ["POST"]];
  app.all(path, () => methodNotAllowed(allowed));
}

function answering(handler: Handler, scope: Scope | undefined, context: RouteContext) {
  const { service, ledger: { access } } = context;
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const request = c.req.raw;
    if (scope !== undefined) {
      // Some of this API is changed by GET, which a link on any page can send.
      if (scope !== "read" && c.env.isForeign === true) return foreign();
      const denial = denialOf(access, shownKey(request), scope, service.chain.name);
      if (denial !== undefined) return denied(denial);
    }
    try {
      const answer = await handler(callOf(c));
      return answer instanceof Response ? answer : json(answer);
    } catch (error) {
      return answerTo(error);
    }
  };
}

function callOf(c: Context<RequestEnv>): Call {
  const request = c.req.raw;
  return {
    args: new Arguments(new URL(request.url).searchParams),
    part: (name) => c.req.param(name) ?? "",
    body: async () => jsonOf(await bodyText(request)),
    text: () => bodyText(request),
  };
}

async function bodyText(request: Request): Promise<string> {
  const bytes = await readBody(request, BODY_BYTES);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw new LedgerError("too_large", `A body has up to ${BODY_BYTES} bytes`, { limit: BODY_BYTES });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answerTo(error: unknown): Response {
  if (error instanceof BadRequest) return failure(error.message, error.status);
  if (error instanceof ModelError) {
    return json({ success: false, error: error.message }, error.status);
  }
  if (error instanceof NoTemplateError) return failure(error.message, 503);
  if (error instanceof LedgerError) {
    const { code, message, status } = error;
    if (status >= 500) logger.error("request failed: {code} {message}", { code, message });
    return ledgerFailure(error);
  }
  logger.error("request failed: {error}", { error: messageOf(error) });
  return failure("Internal error", 500);
}
