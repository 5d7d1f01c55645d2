import { getLogger } from "@logtape/logtape";
import type { PyJson } from "../../../python/json.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import { readBody } from "../../../web/body.ts";
import { type Endpoint, type Manners, Router, type RouterPlace } from "../../../web/router.ts";
import type { Words } from "../../../web/words.ts";
import { NoTemplateError } from "../queries/templates.ts";
import { anyFailure } from "./told.ts";
import { BadRequest, RequestArguments } from "./arguments.ts";
import { ModelError } from "./pydantic.ts";
import {
  failureAnswer,
  jsonAnswer,
  ledgerFailure,
  methodNotAllowed,
  nodeOptions,
  noSuchResource,
} from "./responses.ts";

/** The largest body of a request, in bytes: more than twice that of the largest vertex. */
const BODY_BYTES = 256 * 1024;

/** A request as handlers see it. */
export interface Call {
  readonly args: RequestArguments;
  /** What stands for a part of the path. */
  part(name: string): string;
  readonly request: Request;
  /** The body as it is. */
  bytes(): Promise<Uint8Array>;
  /** The body as JSON; undefined where it is none. */
  body(): Promise<unknown>;
  /** The body as text, instead. */
  text(): Promise<string>;
}

/** A path of the node, whose handlers give a body, which becomes JSON, or a whole response. */
export type Route = Endpoint<Call, PyJson | Response>;

/** How the node says no. */
export const HATHOR_WORDS: Words = {
  failure: (status, message) => failureAnswer(message, status),
  form: anyFailure,
};

/** Behaves the way the node does, which is made with Twisted. */
const TWISTED: Manners<Call, PyJson | Response> = {
  words: HATHOR_WORDS,
  errors: {
    logger: getLogger(["ledgerline", "hathor"]),
    own(error) {
      if (error instanceof BadRequest) return failureAnswer(error.message, error.status);
      if (error instanceof ModelError) {
        return jsonAnswer({ success: false, error: error.message }, error.status);
      }
      return error instanceof NoTemplateError ? failureAnswer(error.message, 503) : undefined;
    },
    refused: ledgerFailure,
    unexpected: () => failureAnswer("Internal error", 500),
  },
  call: (call) => ({
    args: new RequestArguments(searchParams(call.url)),
    part: (name) => call.part(name),
    request: call.request,
    bytes: () => bodyBytes(call.request),
    body: async () => jsonOf(await bodyText(call.request)),
    text: () => bodyText(call.request),
  }),
  answer: (given) => given instanceof Response ? given : jsonAnswer(given),
  notFound: noSuchResource,
  methodNotAllowed,
  options: nodeOptions,
};

/** A router of a node. */
export function nodeRouter(place: RouterPlace): Router<Call, PyJson | Response> {
  return new Router(place, TWISTED);
}

/** Arguments as Twisted parts them: by `;` as well, and none that lacks its `=`. */
function searchParams({ search }: URL): URLSearchParams {
  const parts = search.slice(1).split(/[&;]/);
  return new URLSearchParams(parts.filter((part) => part.includes("=")).join("&"));
}

async function bodyText(request: Request): Promise<string> {
  return new TextDecoder().decode(await bodyBytes(request));
}

async function bodyBytes(request: Request): Promise<Uint8Array> {
  const bytes = await readBody(request, BODY_BYTES);
  if (bytes !== undefined) return bytes;
  throw new LedgerError("too_large", `A body has up to ${BODY_BYTES} bytes`, { limit: BODY_BYTES });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
