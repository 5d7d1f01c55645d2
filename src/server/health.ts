import type { Hono } from "hono";
import { messageOf } from "../kernel/errors.ts";
import type { RequestEnv } from "../ledgers/ledger.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "./metrics.ts";
import type { WriteHealth } from "./write_health.ts";

/** Milliseconds the store has for what readiness asks of it. */
const ANSWER_MS = 1_500;

/** What readiness depends on. */
export interface Health {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly writes: WriteHealth;
  isDraining(): boolean;
}

/** `/livez`, `/readyz` (alias `/health`) and `/metrics`. */
export function healthRoutes(app: Hono<RequestEnv>, health: Health): void {
  const ready = async () => {
    const checks = {
      store: await checkStore(health),
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
