import type { Context } from "hono";
import type { Grant } from "../../../web/access.ts";
import type { LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import type { HieraChainService } from "../chain/service.ts";
import type { Permission } from "./guard.ts";

/** What every route is given. */
export interface RestContext {
  readonly service: HieraChainService;
  readonly ledger: LedgerContext;
}

/** A route's handler. Where the path names no chain it checks `grant`, the client's, itself. */
export type RestHandler = (
  c: Context<RequestEnv>,
  grant: Grant,
) => Response | Promise<Response>;

/** Adds a route to the app, with the permission that it needs; a `page` is open, and has a HEAD. */
export type AddRoute = (
  method: "GET" | "POST",
  path: string,
  handler: RestHandler,
  access?: Permission | "page",
) => void;
