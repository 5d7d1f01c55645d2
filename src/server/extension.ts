import type { Hono } from "hono";
import type { Clock } from "../kernel/clock.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { Handler } from "../web/handler.ts";
import type { RequestEnv } from "../web/ledger.ts";
import type { Owner } from "../web/owner.ts";
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

/** What a program adds to a thread that has connections alone. */
export type FrontExtension = Pick<Extension, "routes" | "before">;

/** How a program is on such a thread: by which clock its ledgers go, and what it adds. */
export interface FrontMode {
  readonly clock: Clock;
  extend(extended: Pick<Extended, "sockets" | "owner" | "waits">): FrontExtension;
}

/** Makes that of what the server's first thread shares. */
export type ModeOfFront = (shared: unknown) => FrontMode | undefined;

/** What an extension is given. */
export interface Extended {
  readonly ledgers: readonly Mounted[];
  readonly sockets: Pick<SocketHub, "interrupt">;
  /** Takes chains back. */
  readonly renewal: Renewal;
  readonly admin: AdminContext;
  /** Declares what those need of each other who have connections, and who has the log. */
  readonly owner: Owner;
  /** The clock of connections, which the server's own may differ from. */
  readonly waits: Clock;
}
