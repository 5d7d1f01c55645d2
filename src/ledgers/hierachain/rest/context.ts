import type { Context } from "hono";
import type { RouteOperation } from "../../../web/operation.ts";
import type { Grant } from "../../../web/access.ts";
import type { LedgerContext, RequestEnv } from "../../../web/ledger.ts";
import type { Model } from "../event/model.ts";
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

/** What a route does; `original` is there where hierachain 0.2.0 has it, too. */
export interface RestOperation extends RouteOperation {
  readonly original?: {
    /** Its own name of it, from which its `operationId` is made. */
    readonly name: string;
    /** Parameters that it has not. */
    readonly lacks?: readonly string[];
    readonly body?: Model;
  };
}

/** As `Tells`, of a route that the original may have. */
export type RestTells = () => RestOperation;

/** Adds a route to the app, with the permission that it needs; a `page` is open, and has a HEAD. */
export type AddRoute = (
  method: "GET" | "POST",
  path: string,
  told: RestTells,
  handler: RestHandler,
  access?: Permission | "page",
) => void;
