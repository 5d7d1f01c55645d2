import type { RequestEnv } from "../web/ledger.ts";
import type { Mounted } from "./mounted.ts";

/** What is behind the door of a port. */
export interface PortRoutes {
  readonly fetch: (request: Request, env: PortEnv) => Response | Promise<Response>;
  /** Which ledger's a request is for. */
  readonly asked: (request: Request) => Mounted | undefined;
  /** The pattern of a path's route. */
  readonly routeName: (path: string) => string;
}

/** What the server tells a handler beside the request. */
export type PortEnv = RequestEnv["Bindings"];
