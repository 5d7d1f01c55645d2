import type { Hono } from "hono";
import type { Clock } from "../kernel/clock.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { Handler } from "../web/handler.ts";
import type { RequestEnv } from "../web/ledger.ts";
import type { AdminContext } from "./admin/authorize.ts";
import type { Mounted } from "./mounted.ts";
import type { Renewal } from "./renewal.ts";

/** Which ledger a request is for; undefined for the server's own routes. */
export type Asked = (request: Request) => Mounted | undefined;

/** What a program adds to a server. */
export interface Extension {
  /** Adds routes to the main port. */
  routes(app: Hono<RequestEnv>): void;
  /** The handler of a port's requests with something before it, which the door has let in. */
  before(handler: Handler, asked: Asked): Handler;
  /** Called for each ledger that is made anew, before it begins. */
  prepare(mounted: Mounted): void;
}

/** What an extension is given. */
export interface Extended {
  readonly ledgers: readonly Mounted[];
  readonly sockets: Pick<SocketHub, "interrupt">;
  /** Takes chains back. */
  readonly renewal: Renewal;
  readonly admin: AdminContext;
  /** The clock of connections, which the server's own may differ from. */
  readonly waits: Clock;
}
