import type { Hono } from "hono";
import { z } from "zod";
import type { Origin } from "../../kernel/configuration.ts";
import { type Settings, variableOf } from "../../kernel/setting.ts";
import { inJson, type Tells } from "../../web/operation.ts";
import { respond } from "../../web/whole_response.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import { recentLog } from "./recent_log.ts";
import { adminRoute } from "./admin_route.ts";
import { told } from "./answers.ts";
import type { AdminContext } from "./authorize.ts";

/** A setting in force, as it is shown. */
const shownSettingSchema = z.object({
  name: z.string(),
  value: z.unknown().describe("Null where it is off, or a secret"),
  isSecret: z.boolean().describe("Whether it is told to nobody"),
  origin: z.enum(["flag", "environment", "file", "default"]),
  variable: z.string(),
  doc: z.string(),
});
type ShownSetting = Readonly<z.infer<typeof shownSettingSchema>>;

/** A line of the log; what it is about stands beside it. */
const logLineSchema = z.looseObject({
  ts: z.iso.datetime(),
  level: z.string(),
  msg: z.string(),
  component: z.string(),
});

const toldOfSettings: Tells = () => ({
  does: "Tells the settings in force, and where each is from",
  answers: { 200: inJson(z.object({ settings: z.array(shownSettingSchema) })) },
});

const toldOfLog: Tells = () => ({
  does: "Tells the last lines of the log, oldest first",
  answers: { 200: inJson(z.object({ lines: z.array(logLineSchema) })) },
});

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
  const settings = adminRoute(
    context,
    toldOfSettings,
    () => told({ settings: shownSettings(context) }),
  );
  // All threads tell the owner what they have to say.
  const log = adminRoute(context, toldOfLog, () => {
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    return respond(`{"lines":${recentLog.list()}}`, { headers });
  });
  app.get("/v1/settings", settings);
  app.get("/v1/log", log);
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
