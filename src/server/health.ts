import { type Context, Hono } from "hono";
import { z } from "zod";
import { messageOf } from "../kernel/errors.ts";
import type { Access } from "../web/access.ts";
import { admission } from "../web/admission.ts";
import { described } from "../web/described.ts";
import { inJson, plainAnswer, type Tells } from "../web/operation.ts";
import { shownKey } from "../web/bearer.ts";
import type { RequestEnv } from "../web/ledger.ts";
import type { FollowerReport } from "../remote/follower.ts";
import type { Log } from "../log/log.ts";
import { neededFor } from "./admin/authorize.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Metrics } from "./metrics.ts";
import { problem, problemForm, PROBLEMS } from "../web/problem.ts";
import { respondJson } from "../web/whole_response.ts";
import type { WriteHealth } from "./write_health.ts";

/** Milliseconds that the store has to answer a readiness check. */
const ANSWER_MS = 1_500;

type Call = Context<RequestEnv>;

/** What readiness depends on. */
export interface Health {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly writes: WriteHealth;
  readonly access: Access;
  isDraining(): boolean;
  /** Whether clients have their turns. */
  readonly turns?: Pick<EventLoop, "state">;
  /** How many heads, events and rows are known to be damaged: the log names them. */
  damages?(): number;
  /** How the remotes are that are followed. */
  remotes?(): readonly FollowerReport[];
}

const toldOfLife: Tells = () => ({
  does: "Says that the process lives",
  isOpen: true,
  answers: { 200: inJson(z.object({ status: z.literal("alive") })) },
});

const toldOfReadiness: Tells = () => {
  const body = z.object({
    status: z.enum(["ready", "not ready"]),
    checks: z.record(z.string(), z.string()).describe("ok, or what is wrong"),
    damaged: z.int().optional().describe("Heads, events and rows that are known to be damaged"),
    remotes: z.array(z.object({
      name: z.string(),
      address: z.string(),
      state: z.enum(["connecting", "following", "behind", "away", "stopped"]),
      code: z.string().optional().describe("Why it is away, or followed no more"),
      lagEvents: z.int(),
      lagSeconds: z.number(),
      refused: z.int().describe("Chains that are not followed any more: the log names them"),
    })).optional().describe(
      "Servers that are followed; what is here of them is served in any case",
    ),
  });
  const does = "Says whether requests would be answered";
  return { does, isOpen: true, answers: { 200: inJson(body), 503: inJson(body) } };
};

const toldOfMetrics: Tells = () => ({
  does: "Counts, for Prometheus; the names of chains for a key that may read them",
  isOpen: true,
  answers: { 200: plainAnswer("text/plain; version=0.0.4; charset=utf-8"), 401: problemForm() },
});

/** `/livez`, `/readyz` (alias `/health`) and `/metrics`. */
export function healthRoutes(app: Hono<RequestEnv>, health: Health): void {
  const ready = async ({ req: { raw }, env }: Call) => {
    if (env.handOver !== undefined) return await env.handOver(raw, true);
    const checks = {
      store: await checkStore(health),
      serving: health.isDraining() ? "the server is stopping" : health.turns?.state ?? "ok",
    };
    const isReady = Object.values(checks).every((state) => state === "ok");
    // A server with damaged chains is ready: the others are served, and those answer `damaged`.
    const damaged = health.damages?.() ?? 0;
    const more = damaged === 0 ? {} : { damaged };
    const remotes = health.remotes?.().map(toldOfRemote) ?? [];
    const followed = remotes.length === 0 ? {} : { remotes };
    const body = { status: isReady ? "ready" : "not ready", checks, ...more, ...followed };
    return Response.json(body, {
      status: isReady ? 200 : 503,
    });
  };
  described(toldOfReadiness, ready);
  app.get("/livez", described(toldOfLife, () => respondJson({ status: "alive" })));
  app.get("/readyz", ready);
  app.get("/health", ready);
  app.get(
    "/metrics",
    described(toldOfMetrics, async ({ req: { raw }, env }) => {
      if (env.handOver !== undefined) return await env.handOver(raw, true);
      const mayRead = readerOf(health.access, raw);
      if (mayRead instanceof Response) return mayRead;
      const { body, contentType } = await health.metrics.text(mayRead);
      return new Response(body, { headers: { "content-type": contentType } });
    }),
  );
}

/** What anybody may know of a remote: no chain is named, nor what was said of one. */
function toldOfRemote(report: FollowerReport) {
  const { name, address, state, code, lagEvents, lagSeconds, refusedLines } = report;
  return {
    name,
    address,
    state: state === "following" && report.isFarBehind ? "behind" as const : state,
    code,
    lagEvents,
    lagSeconds,
    refused: refusedLines.size,
  };
}

/**
 * Which chains a scrape may name; a refusal where its key is unknown. Without a key it gets what is
 * counted for the whole server, and names no chain.
 */
function readerOf(
  access: Access,
  request: Request,
): ((chain: string) => boolean) | Response {
  if (access.isRequired && shownKey(request) === undefined) return () => false;
  const grant = admission(access, request, PROBLEMS);
  if (grant instanceof Response) return grant;
  return (chain) => grant.allows(neededFor(chain, "read"), chain);
}

/**
 * The main port while the store is upgraded: alive, not ready, and 503 with `retry-after` for all
 * other requests.
 */
export function upgradingApp(upgrade: { readonly state: string }): Hono<RequestEnv> {
  const app = new Hono<RequestEnv>({ strict: false });
  const ready = () =>
    Response.json({ status: "not ready", checks: { serving: upgrade.state } }, { status: 503 });
  app.get("/livez", () => respondJson({ status: "alive" }));
  app.get("/readyz", ready);
  app.get("/health", ready);
  app.notFound(() =>
    problem(503, "store_busy", "The store is being upgraded: try again", { "retry-after": "5" })
  );
  return app;
}

/** Whether the store can be read, and took the last append or would take another. */
async function checkStore({ log, writes }: Health): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("the store does not answer"), ANSWER_MS);
  });
  const read = log.chains().next().then(() => writes.check(), messageOf);
  const state = log.store.damage ?? await Promise.race([read, late]);
  clearTimeout(timer);
  return state;
}
