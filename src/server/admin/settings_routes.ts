import type { Hono } from "hono";
import type { Origin } from "../../kernel/configuration.ts";
import { type Settings, variableOf } from "../../kernel/setting.ts";
import { respond, respondJson } from "../../web/whole_response.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import { recentLog } from "./recent_log.ts";
import { type AdminContext, requireAdmin } from "./authorize.ts";

const NOT_KEPT = { "cache-control": "no-store" };

/** A setting in force, as it is shown. */
interface ShownSetting {
  readonly name: string;
  /** Its value; null where it is `off` or is not told. */
  readonly value: unknown;
  /** Whether it is a secret, which is told to nobody. */
  readonly isSecret: boolean;
  /** Where the value is from. */
  readonly origin: Origin;
  readonly variable: string;
  readonly doc: string;
}

/** What is asked for when settings are to be shown. */
export interface SettingsContext extends AdminContext {
  /** What each setting is. */
  readonly settings: Settings;
  readonly configured: {
    readonly values: Readonly<Record<string, unknown>>;
    readonly origins: Readonly<Record<string, Origin>>;
  };
}

/**
 * `GET /v1/settings`: the settings in force and where each is from. `GET /v1/log`: the last 500 lines
 * of the log, oldest first. Both need `admin`, and show no secret.
 */
export function settingsRoutes(app: Hono<RequestEnv>, context: SettingsContext): void {
  app.get("/v1/settings", async ({ req: { raw }, env }) => {
    const { remoteAddress, handOver } = env;
    const refused = requireAdmin(context, { request: raw, remoteAddress });
    if (refused !== undefined) return refused;
    if (handOver !== undefined) return await handOver(raw, true);
    return respondJson({ settings: shownSettings(context) }, { headers: NOT_KEPT });
  });
  app.get("/v1/log", async ({ req: { raw }, env }) => {
    const { remoteAddress, handOver } = env;
    const refused = requireAdmin(context, { request: raw, remoteAddress });
    if (refused !== undefined) return refused;
    // All threads tell the owner what they have to say.
    if (handOver !== undefined) return await handOver(raw, true);
    const headers = { "content-type": "application/json", ...NOT_KEPT };
    return respond(`{"lines":${recentLog.list()}}`, { headers });
  });
}

function shownSettings({ settings, configured }: SettingsContext): ShownSetting[] {
  const { values, origins } = configured;
  return Object.entries(settings).map(([name, { doc, isSecret = false }]) => ({
    name,
    value: isSecret ? null : values[name] ?? null,
    isSecret,
    origin: origins[name] ?? "default",
    variable: variableOf(name),
    doc,
  }));
}
