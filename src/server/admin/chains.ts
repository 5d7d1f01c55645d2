import type { Context, Hono } from "hono";
import { z } from "zod";
import { parsePosition } from "../../kernel/position.ts";
import { LedgerError, messageOf } from "../../kernel/errors.ts";
import { countSetting } from "../../kernel/setting.ts";
import type { Grant, Scope } from "../../web/access.ts";
import { admission } from "../../web/admission.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import type { Shared } from "../../web/shared.ts";
import { problem, PROBLEMS } from "../../web/problem.ts";
import { type AdminContext, authorize, neededFor } from "./authorize.ts";
import type { ChainTools, EventQuery, OnProgress, Unreadable } from "./chain_tools.ts";
import { linesOfBody } from "./lines.ts";

/** What the routes of chains need. */
export interface ChainsContext extends AdminContext, Shared {
  readonly tools: ChainTools;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** Milliseconds between empty lines to a follower who hears nothing, so that both know of the other. */
const HEARTBEAT_MS = 15_000;

/** Milliseconds between reports of progress. */
const REPORT_MS = 200;

type Call = Context<RequestEnv>;

const flag = z.enum(["true", "false"]).default("false").transform((text) => text === "true");

const eventsQuery = z.object({
  from: z.string().default("earliest"),
  limit: countSetting(1, Number.MAX_SAFE_INTEGER).optional(),
  backward: flag,
  follow: flag,
});

/**
 * `/v1/chains`: what the command line asks of a running server. Answers are lines of JSON; one that
 * fails when it has begun ends with a line `{"error":{"code":…,"message":…}}`.
 *
 * | route | answer |
 * |---|---|
 * | `GET /v1/chains?prefix=` | a summary of each chain that the key may read |
 * | `GET /v1/chains/{chain}/events?from=&limit=&type=&key=&backward=&follow=` | events; empty lines between them are a sign of life |
 * | `GET /v1/chains/{chain}/export` | a whole chain for `import`, with a line `{"unreadable":…}` where events cannot be read |
 * | `POST /v1/chains/import` | takes such lines; what was imported, and progress before |
 * | `POST /v1/chains/{chain}/verify`, `…/rebuild` | what came of it, and progress before |
 *
 * The name of a chain is one part of the path, escaped.
 */
export function chainRoutes(app: Hono<RequestEnv>, context: ChainsContext): void {
  const { tools } = context;
  const named = (
    scope: Scope,
    act: (call: Call, chain: string) => Response | Promise<Response>,
  ) =>
  (call: Call) => {
    const chain = call.req.param("chain") ?? "";
    return guard(context, call, scope, chain) ?? act(call, chain);
  };

  app.get("/v1/chains", (call) => {
    const { raw } = call.req;
    const grant = admission(context.access, raw, PROBLEMS);
    return grant instanceof Response
      ? grant
      : answered(raw, lines(summaries(context, call, grant)));
  });
  app.get("/v1/chains/:chain/events", named("read", (call, chain) => events(context, call, chain)));
  app.get(
    "/v1/chains/:chain/export",
    named(
      "read",
      async (call, chain) => answered(call.req.raw, await begun(exported(tools, chain))),
    ),
  );
  app.post("/v1/chains/import", (call) => {
    const refused = guard(context, call, "admin", "");
    if (refused !== undefined) return refused;
    const body = call.req.raw.body;
    if (body === null) return problem(400, "import_invalid", "The body holds nothing to import");
    return lines(
      reported(async (progress, say) => {
        for await (const chain of tools.import(linesOfBody(body), progress)) say(chain);
      }),
    );
  });
  app.post(
    "/v1/chains/:chain/verify",
    named("admin", (_, chain) =>
      lines(
        reported(async (progress, say) => say(await tools.verify(chain, progress))),
      )),
  );
  app.post(
    "/v1/chains/:chain/rebuild",
    named(
      "admin",
      (_, chain) => lines(reported(async (_progress, say) => say(await tools.rebuild(chain)))),
    ),
  );
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
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return problem(400, "query_invalid", `${issue?.path.join(".")}: ${issue?.message}`);
  }
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
  const leave = context.sockets.hold("chains", visitor, () => left.abort());
  if (leave === undefined) {
    return problem(503, "store_busy", "Too many connections", { "retry-after": "5" });
  }
  const ended = AbortSignal.any([stopping, left.signal]);
  const end = () => {
    leave();
    left.abort();
  };
  return answered(raw, await begun(tools.follow(chain, query, ended), end));
}

/** An answer to GET, which ends here for HEAD: nobody would read it to its end, or leave it. */
async function answered({ method }: Request, answer: Response): Promise<Response> {
  if (method !== "HEAD") return answer;
  await answer.body?.cancel();
  return new Response(null, answer);
}

/** An answer whose first lines are there: what is wrong with the request is a status of its own. */
async function begun(
  texts: AsyncGenerator<string>,
  onEnd: () => void = () => {},
): Promise<Response> {
  try {
    const first = await texts.next();
    return lines(first.done === true ? texts : after(first.value, texts), onEnd);
  } catch (error) {
    onEnd();
    throw error;
  }
}

async function* after(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** An export with a line `{"unreadable":…}` for what could not be read, where it would stand. */
async function* exported(tools: ChainTools, chain: string): AsyncGenerator<string> {
  const gaps: Unreadable[] = [];
  for await (const text of tools.export(chain, () => {}, (gap) => gaps.push(gap))) {
    yield* told(gaps);
    yield text;
  }
  yield* told(gaps);
}

function told(gaps: Unreadable[]): string[] {
  return gaps.splice(0).map((gap) => `${JSON.stringify({ unreadable: gap })}\n`);
}

/** A streamed answer of lines, with an empty one now and then where there are none. */
function lines(
  texts: AsyncGenerator<string>,
  onEnd: () => void = () => {},
): Response {
  const encoder = new TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const end = () => {
    clearInterval(heartbeat);
    heartbeat = undefined;
    onEnd();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      heartbeat = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode("\n"));
      }, HEARTBEAT_MS);
    },
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        // An empty text says that there is no more at the moment: as a line it says so here too.
        if (done !== true) return controller.enqueue(encoder.encode(value === "" ? "\n" : value));
      } catch (error) {
        controller.enqueue(encoder.encode(errorLine(error)));
      }
      end();
      controller.close();
    },
    async cancel() {
      end();
      await texts.return(undefined);
    },
  });
  const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
  return new Response(body, { headers });
}

function errorLine(error: unknown): string {
  const code = error instanceof LedgerError ? error.code : "internal";
  const message = error instanceof LedgerError ? messageOf(error) : "An unexpected error occurred";
  return `${JSON.stringify({ error: { code, message } })}\n`;
}

/** The lines of a task that tells of its progress now and then, and of its results. */
async function* reported(
  task: (progress: OnProgress, say: (result: unknown) => void) => Promise<void>,
): AsyncGenerator<string> {
  const waiting: string[] = [];
  let wake = () => {};
  const add = (line: unknown) => {
    waiting.push(`${JSON.stringify(line)}\n`);
    wake();
  };
  let reportedAt = 0;
  const progress: OnProgress = (chain, done, total) => {
    const now = performance.now();
    if (now - reportedAt < REPORT_MS) return;
    reportedAt = now;
    add({ progress: { chain, done, total } });
  };
  let hasEnded = false;
  const end = task(progress, add).finally(() => {
    hasEnded = true;
    wake();
  });
  // Whoever asked may go away: the task ends on its own then, and nobody hears how.
  end.catch(() => {});
  while (!hasEnded || waiting.length > 0) {
    const line = waiting.shift();
    if (line !== undefined) yield line;
    else if (!hasEnded) await new Promise<void>((resolve) => wake = resolve);
  }
  await end;
}
