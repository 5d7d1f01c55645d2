import { isUpgrade } from "../../../sockets/upgrade.ts";
import { isForbidden } from "../../../web/access.ts";
import type { Context, Next } from "hono";
import { described } from "../../../web/described.ts";
import type { Tells } from "../../../web/operation.ts";
import { socketTold } from "../http/told.ts";
import type { Session, SocketProtocol } from "../../../sockets/session.ts";
import type { LedgerApp, RequestEnv } from "../../../web/ledger.ts";
import { openSocket } from "../../../web/open_socket.ts";
import type { Shared } from "../../../web/shared.ts";
import { HATHOR_WORDS } from "../http/app.ts";
import { notASocket } from "../http/responses.ts";
import { LEDGER } from "../networks/chain_names.ts";
import { miningMessages } from "./operations.ts";
import { toldOfMining } from "./plain_blocks.ts";
import { MiningSocket } from "./socket.ts";
import type { SubmitBlock } from "./submission.ts";
import type { TemplateFeed } from "./template_feed.ts";

/** Whom the sockets of miners are for, and what is spoken on one. */
export interface MiningSockets {
  /** The name of the node's chain. */
  readonly chain: string;
  readonly shared: Shared;
  /** Begins one; `maySubmit` says whether its client may submit blocks. */
  begin(session: Session, maySubmit: () => boolean): SocketProtocol;
}

/** What the node's own are made of. */
export interface MiningContext {
  readonly chain: string;
  readonly shared: Shared;
  readonly feed: TemplateFeed;
  readonly submitBlock: SubmitBlock;
}

/** Adds the sockets of miners who work on this node's templates. */
export function miningSocketRoutes(
  app: LedgerApp,
  bases: readonly string[],
  { chain, shared, feed, submitBlock }: MiningContext,
): void {
  addMiningSockets(app, bases, {
    chain,
    shared,
    begin(session, maySubmit) {
      const socket = new MiningSocket(session, { submitBlock, feed, maySubmit });
      socket.begin().catch((error: unknown) => session.fail(error));
      return socket;
    },
  });
}

/**
 * Adds `/mining_ws`, and `/mining` as the published page has it: a socket for whoever asks for one;
 * the node's old way, for others, is among its routes.
 */
export function addMiningSockets(
  app: LedgerApp,
  bases: readonly string[],
  context: MiningSockets,
): void {
  for (const base of bases) {
    for (const path of ["/mining", "/mining/", "/mining_ws", "/mining_ws/"]) {
      const isOwn = path.startsWith("/mining_ws");
      const route = async ({ req: { raw }, env }: Context<RequestEnv>, next: Next) => {
        if (isUpgrade(raw)) return await open(raw, env.remoteAddress, context);
        return isOwn ? notASocket() : await next();
      };
      app.get(`${base}${path}`, described(isOwn ? toldOfSocket : toldOfMining, route));
    }
  }
}

const toldOfSocket: Tells = () => socketTold("The socket of miners", miningMessages());

function open(
  request: Request,
  address: string,
  { chain, shared, begin }: MiningSockets,
): Response | Promise<Response> {
  return openSocket(shared, request, address, {
    ledger: LEDGER,
    need: { scope: "read", chain },
    words: HATHOR_WORDS,
    prepare: (grant) => (session) =>
      begin(session, () => !isForbidden(shared.access, grant, "append", chain)),
  });
}
