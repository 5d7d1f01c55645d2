import type { Context, Hono } from "hono";
import { admission } from "../../web/admission.ts";
import { described } from "../../web/described.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import { PROBLEMS } from "../../web/problem.ts";
import { sumOfStats } from "../watching/stats.ts";
import { queryInvalid, told } from "./answers.ts";
import { isAdmin } from "./authorize.ts";
import { connectionRoutes } from "./connections.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import type { WatchContext } from "./watch_context.ts";
import { statsQuery, toldOfServer, toldOfStats } from "./watch_operations.ts";

/** What tells who is there and how far behind; see this folder's page. */
export function watchRoutes(app: Hono<RequestEnv>, context: WatchContext): void {
  connectionRoutes(app, context);
  subscriptionRoutes(app, context);
  const server = async ({ req: { raw }, env }: Context<RequestEnv>) => {
    const grant = admission(context.access, raw, PROBLEMS);
    if (grant instanceof Response) return grant;
    if (env.handOver !== undefined) return await env.handOver(raw, true);
    const { open, own } = await context.facts();
    const isOwn = isAdmin(context, { request: raw, ...env });
    const unseen = Object.fromEntries(Object.keys(own).map((name) => [name, null]));
    return told({ ...context.about(), ...open, ...isOwn ? own : unseen });
  };
  const stats = async ({ req, env }: Context<RequestEnv>) => {
    const grant = admission(context.access, req.raw, PROBLEMS);
    if (grant instanceof Response) return grant;
    if (env.handOver !== undefined) return await env.handOver(req.raw, true);
    const asked = statsQuery.safeParse(req.query());
    if (!asked.success) return queryInvalid(asked.error);
    const { time: _, ...about } = context.about();
    const { from, to, series } = sumOfStats(await context.surveys.stats(asked.data.seconds));
    const timeOfSecond = (second: number) => new Date(second * 1_000).toISOString();
    return told({ ...about, from: timeOfSecond(from), to: timeOfSecond(to), series });
  };
  app.get("/v1/server", described(toldOfServer, server));
  app.get("/v1/stats", described(toldOfStats, stats));
}
