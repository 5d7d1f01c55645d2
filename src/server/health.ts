import type { Hono } from "hono";
import { messageOf } from "../kernel/errors.ts";
import type { RequestEnv } from "../ledgers/ledger.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "./metrics.ts";

/** Milliseconds the store has for the read that readiness asks of it. */
const READ_MS = 1_500;

/** What readiness depends on. */
export interface Health {
  readonly log: Log;
  readonly metrics: Metrics;
  isDraining(): boolean;
}

/** `/livez`, `/readyz` (alias `/health`) and `/metrics`. */
export function healthRoutes(app: Hono<RequestEnv>, health: Health): void {
  const ready = async () => {
    const checks = {
      store: await checkStore(health.log),
      serving: health.isDraining() ? "the server is stopping" : "ok",
    };
    const isReady = Object.values(checks).every((state) => state === "ok");
    return Response.json({ status: isReady ? "ready" : "not ready", checks }, {
      status: isReady ? 200 : 503,
    });
  };
  app.get("/livez", () => Response.json({ status: "alive" }));
  app.get("/readyz", ready);
  app.get("/health", ready);
  app.get("/metrics", async () => {
    const { body, contentType } = await health.metrics.text();
    return new Response(body, { headers: { "content-type": contentType } });
  });
}

async function checkStore(log: Log): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("the store does not answer"), READ_MS);
  });
  const read = log.chains().next().then(() => "ok", messageOf);
  const state = await Promise.race([read, late]);
  clearTimeout(timer);
  return state;
}
