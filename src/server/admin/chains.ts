import type { Context, Hono } from "hono";
import type { Log } from "../../log/log.ts";
import { parsePosition } from "../../kernel/position.ts";
import type { Grant, Scope } from "../../web/access.ts";
import { admission } from "../../web/admission.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import { usuallyAt } from "../../web/owner.ts";
import { type AdminContext, authorize, neededFor } from "./authorize.ts";
import {
  eventsQuery,
  toldOfBackup,
  toldOfChainEvents,
  toldOfChains,
  toldOfExport,
  toldOfImport,
  toldOfRebuilding,
  toldOfVerification,
} from "./chain_operations.ts";
import { toldOfChain } from "./watch_operations.ts";
import type { ChainTools, EventQuery, Unreadable } from "./chain_tools.ts";
import { answered, begun, lineAnswer, reported } from "./line_answers.ts";
import type { Shared } from "../../web/shared.ts";
import { described } from "../../web/described.ts";
import type { KnownFacts } from "../../remote/ledgerline/own_facts.ts";
import type { ChainGlances } from "../watching/chain_glances.ts";
import { problem, PROBLEMS } from "../../web/problem.ts";
import { queryInvalid, told } from "./answers.ts";
import { chainGlance } from "./chain_glance.ts";
import { FollowView } from "./follow_view.ts";
import { linesOfBody } from "./lines.ts";

/** What the routes of chains need. */
export interface ChainsContext extends AdminContext, Shared {
  readonly tools: ChainTools;
  readonly log: Log;
  readonly glances: ChainGlances;
  /** What is told of this server beside its chains. */
  readonly ownFacts: () => Promise<KnownFacts>;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

type Call = Context<RequestEnv>;

/**
 * `/v1/chains`: what the command line asks of a running server. Answers are lines of JSON; one that
 * fails when it has begun ends with a line `{"error":{"code":…,"message":…}}`.
 *
 * | route | answer |
 * |---|---|
 * | `GET /v1/chains?prefix=` | a summary of each chain that the key may read |
 * | `GET /v1/chains/{chain}` | the chain at a glance, as one object |
 * | `GET /v1/chains/{chain}/events?from=&limit=&type=&key=&backward=&follow=` | events; empty lines between them are a sign of life |
 * | `GET /v1/chains/{chain}/export` | a whole chain for `import`, with a line `{"unreadable":…}` where events cannot be read |
 * | `GET /v1/backup` | everything, for the command `restore` |
 * | `POST /v1/chains/import` | takes such lines; what was imported, and progress before |
 * | `POST /v1/chains/{chain}/verify`, `…/rebuild` | what came of it, and progress before |
 *
 * The name of a chain is one part of the path, escaped.
 */
export function adminChainRoutes(app: Hono<RequestEnv>, context: ChainsContext): void {
  const { tools, glances } = context;
  const named = (
    scope: Scope,
    act: (call: Call, chain: string) => Response | Promise<Response>,
  ) =>
  (call: Call) => {
    const chain = call.req.param("chain") ?? "";
    const refused = guard(context, call, scope, chain);
    if (refused !== undefined) return refused;
    const { handOver } = call.env;
    const isOwners = handOver !== undefined && usuallyAt(call.req.method) === "owner";
    return isOwners ? handOver(call.req.raw, true) : act(call, chain);
  };

  const list = (call: Call) => {
    const { raw } = call.req;
    const grant = admission(context.access, raw, PROBLEMS);
    return grant instanceof Response
      ? grant
      : answered(raw, lineAnswer(summaries(context, call, grant)));
  };
  const read = named("read", (call, chain) => events(context, call, chain));
  const exportOf = named(
    "read",
    async (call, chain) => answered(call.req.raw, await begun(exported(tools, chain))),
  );
  const glance = named("read", async (call, chain) => {
    const { handOver } = call.env;
    // What was counted is kept in one place.
    if (handOver !== undefined) return await handOver(call.req.raw, true);
    return told(await chainGlance(tools, glances, chain));
  });
  const backup = async (call: Call) => {
    const refused = guard(context, call, "admin", "");
    return refused ?? answered(call.req.raw, await begun(tools.backup()));
  };
  const imported = (call: Call) => {
    const refused = guard(context, call, "admin", "");
    if (refused !== undefined) return refused;
    if (call.env.handOver !== undefined) return call.env.handOver(call.req.raw, true);
    const body = call.req.raw.body;
    if (body === null) return problem(400, "import_invalid", "The body holds nothing to import");
    return lineAnswer(
      reported(async (progress, say) => {
        for await (const chain of tools.import(linesOfBody(body), progress)) say(chain);
      }),
    );
  };
  const verify = named("admin", (_, chain) =>
    lineAnswer(
      reported(async (progress, say) => say(await tools.verify(chain, progress))),
    ));
  const rebuild = named(
    "admin",
    (_, chain) => lineAnswer(reported(async (_progress, say) => say(await tools.rebuild(chain)))),
  );

  app.get("/v1/chains", described(toldOfChains, list));
  app.get("/v1/chains/:chain", described(toldOfChain, glance));
  app.get("/v1/chains/:chain/events", described(toldOfChainEvents, read));
  app.get("/v1/chains/:chain/export", described(toldOfExport, exportOf));
  app.get("/v1/backup", described(toldOfBackup, backup));
  app.post("/v1/chains/import", described(toldOfImport, imported));
  app.post("/v1/chains/:chain/verify", described(toldOfVerification, verify));
  app.post("/v1/chains/:chain/rebuild", described(toldOfRebuilding, rebuild));
}

function guard(
  context: AdminContext,
  { req: { raw }, env: { remoteAddress } }: Call,
  scope: Scope,
  chain: string,
): Response | undefined {
  return authorize(context, { request: raw, remoteAddress }, neededFor(chain, scope), chain);
}

/** Of the chains that the key may read, the server's own for administrators alone. */
async function* summaries(
  { tools }: ChainsContext,
  call: Call,
  grant: Grant,
): AsyncGenerator<string> {
  for await (const summary of tools.summaries(call.req.query("prefix"))) {
    if (!grant.allows(neededFor(summary.chain, "read"), summary.chain)) continue;
    yield `${JSON.stringify(summary)}\n`;
  }
}

async function events(context: ChainsContext, call: Call, chain: string): Promise<Response> {
  const parsed = eventsQuery.safeParse(call.req.query());
  if (!parsed.success) return queryInvalid(parsed.error);
  const { from, limit = Infinity, backward, follow } = parsed.data;
  const types = call.req.queries("type");
  const keys = call.req.queries("key");
  const query: EventQuery = {
    from: parsePosition(from),
    limit,
    isBackward: backward,
    filter: { ...(types && { types }), ...(keys && { keys }) },
  };
  const { tools, stopping } = context;
  const { raw } = call.req;
  if (!follow) return answered(raw, await begun(tools.lines(chain, query)));
  const grant = admission(context.access, raw, PROBLEMS);
  if (grant instanceof Response) return grant;
  const left = new AbortController();
  const visitor = { address: call.env.remoteAddress, grant, request: call.req.raw };
  const view = new FollowView(tools.chain(chain), query.filter, raw);
  const holding = { kind: "follow", watched: view } as const;
  const leave = context.sockets.hold("chains", visitor, () => left.abort(), holding);
  if (leave === undefined) {
    return problem(503, "store_busy", "Too many connections", { "retry-after": "5" });
  }
  const ended = AbortSignal.any([stopping, left.signal]);
  const end = () => {
    leave();
    left.abort();
  };
  return answered(raw, await begun(tools.follow(chain, query, ended, view), end));
}

/** An export with a line `{"unreadable":…}` for what could not be read, where it would stand. */
async function* exported(tools: ChainTools, chain: string): AsyncGenerator<string> {
  const gaps: Unreadable[] = [];
  for await (const text of tools.export(chain, () => {}, (gap) => gaps.push(gap))) {
    yield* linesOfGaps(gaps);
    yield text;
  }
  yield* linesOfGaps(gaps);
}

function linesOfGaps(gaps: Unreadable[]): string[] {
  return gaps.splice(0).map((gap) => `${JSON.stringify({ unreadable: gap })}\n`);
}
