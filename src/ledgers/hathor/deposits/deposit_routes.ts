import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Access, Grant } from "../../../web/access.ts";
import { admission } from "../../../web/admission.ts";
import { readBody } from "../../../web/body.ts";
import { described, noOperation } from "../../../web/described.ts";
import { answerTo, type ErrorTable } from "../../../web/error_table.ts";
import type { LedgerApp, RequestEnv } from "../../../web/ledger.ts";
import type { Tells } from "../../../web/operation.ts";
import { SAFE_METHODS } from "../../../web/owner.ts";
import { problem, PROBLEMS } from "../../../web/problem.ts";
import { respond, respondJson } from "../../../web/whole_response.ts";
import type { DepositRow } from "./book.ts";
import { unknownDeposits } from "./book_commands.ts";
import { DepositRefusal, readAdded, readWanted, shownXpub } from "./config.ts";
import type { DepositService } from "./deposit_service.ts";
import { TOLD_OF_DEPOSIT, toldOfDeposits } from "./operations.ts";
import { WATCH, type WatchRow } from "./notice_rows.ts";

/** Bytes of a body: the most addresses of one request fit. */
const BODY_BYTES = 512 * 1024;

/** What a subscription may be called. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const NO_STORE = { "cache-control": "no-store" };

const DEPOSIT_ERRORS: ErrorTable = {
  logger: getLogger(["ledgerline", "hathor"]),
  own: (error) =>
    error instanceof DepositRefusal ? problem(error.status, error.code, error.message) : undefined,
  refused: ({ status, code, message }) => problem(status, code, message),
  unexpected: () => problem(500, "internal", "An unexpected error occurred"),
};

/** What is asked of a subscription. */
interface DepositCall {
  readonly request: Request;
  readonly service: DepositService;
  readonly id: string;
}

/** By the path after a subscription's id, and the method. */
const ACTS: Readonly<
  Record<string, Readonly<Record<string, (call: DepositCall) => Promise<Response>>>>
> = {
  "": { DELETE: remove, GET: show, PUT: make },
  "/addresses": { POST: addAddresses },
};

/**
 * Adds the routes of subscriptions to deposits, which are the same on every port:
 *
 * | route | answer |
 * | --- | --- |
 * | `GET /v1/deposits` | those that the key may read |
 * | `PUT /v1/deposits/{id}` | makes one, or finds it as it is asked for |
 * | `GET`, `DELETE /v1/deposits/{id}` | shows it, or ends it |
 * | `POST /v1/deposits/{id}/addresses` | watches more addresses from now on |
 */
export function depositRoutes(app: LedgerApp, access: Access, service: DepositService): void {
  const add = (
    path: string,
    told: Readonly<Record<string, Tells>>,
    handler: (c: Context<RequestEnv>) => Promise<Response>,
  ) => {
    for (const [method, tells] of Object.entries(told)) {
      app.on(method, path, described(tells, (c: Context<RequestEnv>) => handler(c)));
    }
    // What is not known there is told, too.
    app.all(path, noOperation(handler));
  };
  add("/v1/deposits", { GET: toldOfDeposits }, async ({ req: { raw } }) => {
    const grant = admission(access, raw, PROBLEMS);
    if (grant instanceof Response) return grant;
    return await answeredDeposits(raw, ["GET"], () => list(service, grant));
  });
  for (const [path, acts] of Object.entries(ACTS)) {
    const methods = Object.keys(acts);
    const told = TOLD_OF_DEPOSIT[path] ?? {};
    add(`/v1/deposits/:id${path}`, told, async ({ req, env: { handOver } }) => {
      const { raw } = req;
      const id = req.param("id") ?? "";
      const isSafe = SAFE_METHODS.has(raw.method);
      const chain = service.streamOf(ID.test(id) ? id : "");
      const scope = isSafe ? "read" : "append";
      const grant = admission(access, raw, PROBLEMS, { scope, chain });
      if (grant instanceof Response) return grant;
      if (!isSafe && handOver !== undefined) return await handOver(raw, true);
      return await answeredDeposits(raw, methods, async (method) => {
        if (!ID.test(id)) throw unknownDeposits();
        return await acts[method]?.({ request: raw, service, id });
      });
    });
  }
}

async function answeredDeposits(
  request: Request,
  methods: readonly string[],
  act: (method: string) => Promise<Response | undefined>,
): Promise<Response> {
  const allow = [...methods, "HEAD", "OPTIONS"].sort().join(", ");
  if (request.method === "OPTIONS") return respond(null, { status: 204, headers: { allow } });
  const method = request.method === "HEAD" ? "GET" : request.method;
  try {
    if (methods.includes(method)) return await act(method) ?? problem(404, "not_found", "Nothing");
    return problem(405, "method_not_allowed", `Known here: ${allow}`, { allow });
  } catch (error) {
    return answerTo(error, DEPOSIT_ERRORS);
  }
}

async function list(service: DepositService, grant: Grant): Promise<Response> {
  const rows = (await service.all())
    .filter(({ id }) => grant.allows("read", service.streamOf(id)));
  const deposits = rows.map(({ id, createdAt }) => (
    { id, stream: pathOf(service, id), created_at: new Date(createdAt).toISOString() }
  ));
  return respondJson({ deposits }, { headers: NO_STORE });
}

async function make({ request, service, id }: DepositCall): Promise<Response> {
  const wanted = await readWanted(service.node.network, await bodyOf(request));
  const { row, isNew } = await service.make(id, wanted);
  const headers = { ...NO_STORE, ...(isNew ? { location: pathOf(service, id) } : {}) };
  return respondJson(await shown(service, row), { status: isNew ? 201 : 200, headers });
}

async function show({ service, id }: DepositCall): Promise<Response> {
  return respondJson(await shown(service, await service.get(id)), { headers: NO_STORE });
}

async function addAddresses({ request, service, id }: DepositCall): Promise<Response> {
  const addresses = await readAdded(service.node.network, await bodyOf(request));
  const row = await service.watchMore(id, addresses);
  return respondJson(await shown(service, row), { headers: NO_STORE });
}

async function remove({ service, id }: DepositCall): Promise<Response> {
  await service.remove(id);
  return respond(null, { status: 204 });
}

/** The path of a subscription's stream. */
function pathOf(service: DepositService, id: string): string {
  return `/v1/stream/${service.streamOf(id).split("/").map(encodeURIComponent).join("/")}`;
}

async function shown(service: DepositService, row: DepositRow): Promise<unknown> {
  const { id, config, addresses, from, createdAt } = row;
  const { xpub, gap, tokens, confirmations, description } = config;
  const told = await service.chainOf(id).row<WatchRow>(WATCH);
  return {
    id,
    network: service.node.network.name,
    stream: pathOf(service, id),
    addresses,
    xpub: shownXpub(xpub),
    ...(xpub === null ? {} : { gap, last_index: told?.used ?? -1 }),
    tokens,
    confirmations,
    from,
    description,
    created_at: new Date(createdAt).toISOString(),
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  const bytes = await readBody(request, BODY_BYTES);
  if (bytes === undefined) {
    throw new LedgerError("too_large", `A body has up to ${BODY_BYTES} bytes`, {
      limit: BODY_BYTES,
    });
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new DepositRefusal(400, "deposits_invalid", "The body is not JSON");
  }
}
