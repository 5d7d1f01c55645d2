import type { Context, Next } from "hono";
import { described, noOperation } from "../../../web/described.ts";
import type { LedgerApp, RequestEnv } from "../../../web/ledger.ts";
import type { HttpContext } from "../http/routes.ts";
import type { StreamName } from "./frames.ts";
import { openStream, plainText } from "./handshake.ts";
import { TOLD } from "./operations.ts";

/** The streams by their paths inside the ledger. */
const STREAMS: readonly (readonly [path: string, stream: StreamName])[] = (
  ["valid_transactions", "valid_blocks", "rejected_transactions"] as const
).map((name) => [`/api/v1/streams/${name}`, name]);

/** Adds the streams to an app; what is no GET of one is for the routes that come after. */
export function validTransactionRoutes(app: LedgerApp, context: HttpContext): void {
  for (const [path, stream] of STREAMS) {
    const route = async ({ req: { raw }, env }: Context<RequestEnv>, next: Next) => {
      if (raw.method !== "GET") return await next();
      return await openStream(context, stream, raw, env.remoteAddress);
    };
    app.get(path, described(TOLD[stream], route));
  }
}

/** Adds what the streams' own port has beside them. */
export function validTransactionPortRoutes(app: LedgerApp): void {
  const notAllowed = () => plainText("405: Method Not Allowed", 405, { allow: "GET,HEAD" });
  for (const [path] of STREAMS) app.all(path, noOperation(notAllowed));
  app.all("*", noOperation(() => plainText("404: Not Found", 404)));
}
