import { isParsedAtOnce } from "../../../kernel/json_bounds.ts";
import { nextTurn } from "../../../kernel/turn.ts";
import { graphqlQuery } from "../rest/operations.ts";
import type { AddRoute, RestContext } from "../rest/context.ts";
import { readBytes, turnFor } from "../rest/json_body.ts";
import { restJson } from "../rest/responses.ts";
import { INTERNAL } from "../socket/message.ts";
import type { GraphqlRequest } from "./run.ts";
import { TOO_COMPLEX } from "./words.ts";

/**
 * Adds `/graphql`. Any key is let in, and its grant is held against each chain that a query names.
 */
export function addGraphqlRoute(add: AddRoute, { service }: RestContext): void {
  add("POST", "/graphql", graphqlQuery, async (c, grant) => {
    const body = await readBytes(c);
    if (body instanceof Response) return body;
    await turnFor(body);
    const request = readRequest(body);
    if (typeof request === "string") return restJson({ errors: [{ message: request }] }, 400);
    const { runGraphql } = await (loaded ??= load().catch(forget));
    const { status, body: answer } = await runGraphql(request, { service, grant });
    return restJson(answer, status);
  });
}

let loaded: ReturnType<typeof load> | undefined;

/**
 * The library is loaded by whoever is the first to ask for it, and our schema a turn later: each is
 * 50 ms in which nobody is served.
 */
async function load() {
  await import("graphql");
  await nextTurn();
  return await import("./run.ts");
}

/** It may be read another time, such as when there are files left to open. */
function forget(error: unknown): never {
  loaded = undefined;
  throw error;
}

/** The request that a body holds, or what is wrong with it. */
function readRequest(bytes: Uint8Array): GraphqlRequest | string {
  let body: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!isParsedAtOnce(text)) return TOO_COMPLEX;
    body = JSON.parse(text);
  } catch {
    return "Invalid JSON body";
  }
  if (!isObject(body)) return INTERNAL;
  const { query = "", variables, operationName } = body;
  if (typeof query !== "string") return INTERNAL;
  // A lone surrogate is no JSON to the original.
  if (!query.isWellFormed()) return "Invalid JSON body";
  if (variables !== undefined && variables !== null && !isObject(variables)) return INTERNAL;
  const hasName = operationName !== undefined && operationName !== null;
  return {
    query,
    variables: variables ?? {},
    operationName: hasName ? String(operationName) : undefined,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
