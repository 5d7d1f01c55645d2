import type { Context } from "hono";
import { described } from "../../web/described.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import type { Tells } from "../../web/operation.ts";
import { type AdminContext, requireAdmin } from "./authorize.ts";

/** A route for administrators, which the owner answers where several threads serve. */
export function adminRoute(
  context: AdminContext,
  tells: Tells,
  act: (call: Context<RequestEnv>) => Response | Promise<Response>,
) {
  return described(tells, async (call: Context<RequestEnv>) => {
    const { req: { raw }, env: { remoteAddress, handOver } } = call;
    const refused = requireAdmin(context, { request: raw, remoteAddress });
    if (refused !== undefined) return refused;
    return handOver === undefined ? await act(call) : await handOver(raw, true);
  });
}
