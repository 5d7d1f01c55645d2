import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { base58Decode } from "../../../crypto/base58.ts";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { admit, isForbidden, type Scope } from "../../../web/access.ts";
import { shownKey } from "../../../web/bearer.ts";
import type { LedgerContext } from "../../../web/ledger.ts";
import { ArgumentError } from "./arguments.ts";
import { outputsOfKey, textsAt, transactionText, validators } from "../chain/queries.ts";
import { NOT_FOUND, SERVER_ERROR } from "./error_bodies.ts";
import { TransactionRefused } from "../transaction/refusal.ts";
import { outputFilter } from "./requests.ts";
import { apiRootBody, rootBody } from "./roots.ts";
import type { BigchainService } from "../chain/service.ts";
import type { Outpoint } from "../transaction/transaction.ts";
import { data, denied, failure, json, jsonList } from "./responses.ts";
import type { Call, Handler, Route } from "./router.ts";

const logger = getLogger(["ledgerline", "bigchaindb"]);

/** What the routes of one app are given. */
export interface HttpContext {
  readonly service: BigchainService;
  readonly ledger: Pick<LedgerContext, "access" | "sockets">;
  /** Where the roots say that streams are, for a request: e.g. `ws://localhost:9985`. */
  readonly streamBase: (request: Request) => string;
}

/** The routes that both servers have, with those that one of them has. */
export function bigchainRoutes(context: HttpContext, own: readonly Route[]): Route[] {
  const { service, streamBase } = context;
  const { chain, dialect: { software } } = service;
  const routes: Route[] = [
    {
      path: /^\/api\/v1\/transactions\/([^/]+)$/,
      async GET({ parts: [id = ""] }) {
        const text = await transactionText(chain, id);
        return text === undefined ? json(NOT_FOUND, 404) : json(`${text}\n`);
      },
    },
    {
      path: /^\/api\/v1\/outputs$/,
      async GET({ url }) {
        const { publicKey, isSpent } = outputFilter(url.searchParams);
        return await jsonList(outputTexts(outputsOfKey(chain, publicKey, isSpent)));
      },
    },
    {
      path: /^\/api\/v1\/validators$/,
      GET: async () =>
        data((await validators(chain)).map(({ publicKey, power }) => ({
          public_key: {
            type: "ed25519-base64",
            value: Buffer.from(base58Decode(publicKey)).toString("base64"),
          },
          voting_power: power,
        }))),
    },
    ...own,
  ];
  const open: Route[] = [
    { path: /^\/$/, GET: ({ request }) => json(rootBody(software, streamBase(request))) },
    { path: /^\/api\/v1$/, GET: ({ request }) => json(apiRootBody(software, streamBase(request))) },
  ];
  return [...open, ...routes.map((route) => guarded(context, route))]
    .map(({ path, GET, POST }) => ({
      path,
      ...(GET === undefined ? {} : { GET: answered(GET) }),
      ...(POST === undefined ? {} : { POST: answered(POST) }),
    }));
}

/** The route for those whose key covers it. */
function guarded(context: HttpContext, { path, GET, POST }: Route): Route {
  return {
    path,
    ...(GET === undefined ? {} : { GET: allowed(context, "read", GET) }),
    ...(POST === undefined ? {} : { POST: allowed(context, "append", POST) }),
  };
}

function allowed({ ledger, service }: HttpContext, scope: Scope, handler: Handler): Handler {
  const { access } = ledger;
  return (call: Call) => {
    const grant = admit(access, shownKey(call.request));
    if (typeof grant === "string") return denied(grant);
    if (isForbidden(access, grant, scope, service.chain.name)) return denied("forbidden");
    return handler(call);
  };
}

/** The handler with an answer to whatever it throws. */
function answered(handler: Handler): Handler {
  return async (call) => {
    try {
      return await handler(call);
    } catch (error) {
      return answerTo(error);
    }
  };
}

function answerTo(error: unknown): Response {
  if (error instanceof ArgumentError) return json(error.body, 400);
  if (error instanceof TransactionRefused || error instanceof LedgerError) {
    return failure(error.status, error.message);
  }
  logger.error("request failed: {error}", { error: messageOf(error) });
  return json(SERVER_ERROR, 500);
}

async function* outputTexts(outputs: AsyncIterable<Outpoint>): AsyncGenerator<string, void, void> {
  for await (const { transactionId, outputIndex } of outputs) {
    yield `{"transaction_id": "${transactionId}", "output_index": ${outputIndex}}`;
  }
}

/** What GET shows of the last of the transactions at some offsets, or of all of them. */
export async function transactionList(
  { chain }: BigchainService,
  offsets: AsyncIterable<number>,
  isLast: boolean,
): Promise<Response> {
  return await jsonList(textsAt(chain, isLast ? lastOf(offsets) : offsets));
}

async function* lastOf(offsets: AsyncIterable<number>): AsyncGenerator<number, void, void> {
  let last: number | undefined;
  for await (const offset of offsets) last = offset;
  if (last !== undefined) yield last;
}
