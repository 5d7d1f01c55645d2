import type { Context } from "hono";
import { isUpgrade } from "../../sockets/upgrade.ts";
import { ANY_KEY, type Grant } from "../../web/access.ts";
import { admission, uncovered } from "../../web/admission.ts";
import { askedUrl } from "../../web/asked_url.ts";
import { described, noOperation } from "../../web/described.ts";
import type { LedgerApp, RequestEnv } from "../../web/ledger.ts";
import { openSocket, type SocketOpening } from "../../web/open_socket.ts";
import { answer, streamProblem, streamProblemOf, wordsAbout } from "../http/responses.ts";
import { isForSocket, PROTOCOL } from "../socket/handshake.ts";
import { type AllContext, pollAll, readAllPage, streamAll } from "./http.ts";
import { readingAll } from "./operations.ts";
import { allOffset, type OrderLife, positionIn } from "./place.ts";
import { type AllRequest, chainsNamed, placeOfStart, readAllRequest } from "./request.ts";
import { type AllOpening, AllSocket } from "./socket.ts";

/** Where all chains are read, on every port that streams are on. */
export const ALL_PATH = "/v1/all";

const ALL_METHODS = "GET, HEAD, OPTIONS";
const WORDS = wordsAbout();

type AllHandler = (c: Context<RequestEnv>) => Promise<Response>;

/** Adds the route that all chains are read at. */
export function allRoutes(app: LedgerApp, context: AllContext): void {
  const reading: AllHandler = async ({ req: { raw }, env }) => {
    try {
      if (isForSocket(raw)) return await answerAllSocket(context, raw, env.remoteAddress);
      const grant = admission(context.access, raw, WORDS, ANY_KEY);
      if (grant instanceof Response) return grant;
      const lastId = raw.headers.get("last-event-id");
      const asked = readAllRequest(askedUrl(raw).searchParams, false, lastId);
      const refused = denied(context, grant, asked);
      if (refused !== undefined) return refused;
      const order = await context.readers.order(env.isForeign);
      if (raw.method === "HEAD") return describe(order);
      const from = placeOfStart(asked.start, order, context.clock.now());
      const visitor = { address: env.remoteAddress, grant, request: raw };
      const found = { asked, from, order, visitor, left: raw.signal };
      // A page of somebody else has nothing kept for it.
      if (asked.mode === "page" || env.isForeign) return await readAllPage(context, found);
      return await (asked.mode === "sse" ? streamAll : pollAll)(context, found);
    } catch (error) {
      return streamProblemOf(error);
    }
  };
  app.get(ALL_PATH, described(readingAll, reading));
  app.all(
    ALL_PATH,
    noOperation(({ req: { method } }: Context<RequestEnv>) => {
      if (method === "OPTIONS") return allOptions();
      const words = "All chains can only be read here";
      return streamProblem(405, "method_not_allowed", words, { allow: ALL_METHODS });
    }),
  );
}

/** The answer to whoever names a chain that the key does not cover; others are left out of what it is told. */
function denied(
  { access }: AllContext,
  grant: Grant,
  asked: AllRequest,
): Response | undefined {
  for (const chain of chainsNamed(asked)) {
    const refused = uncovered(access, grant, { scope: "read", chain }, WORDS);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** Where all chains end now. */
function describe({ epoch, next }: OrderLife): Response {
  const position = positionIn({ entry: next, events: 0 });
  return answer(200, {
    "stream-next-offset": allOffset({ position, since: 0 }, epoch),
    "content-type": "application/json",
    "cache-control": "no-store",
  });
}

function answerAllSocket(
  context: AllContext,
  request: Request,
  address: string,
): Response | Promise<Response> {
  const { readers, selections, clock } = context;
  const prepare = async (grant: Grant): Promise<SocketOpening | Response> => {
    const asked = readAllRequest(askedUrl(request).searchParams, true, null);
    const refused = denied(context, grant, asked);
    if (refused !== undefined) return refused;
    const { patterns, filter, format, window } = asked;
    const order = await readers.order();
    const from = placeOfStart(asked.start, order, clock.now());
    if (!isUpgrade(request)) {
      return streamProblem(426, "upgrade_required", "This is where a WebSocket can be opened", {
        upgrade: "websocket",
      });
    }
    const wanted = { patterns, filter, format, since: from.since };
    const taken = () => selections.take(wanted, grant);
    return opensAll({ readers, clock, order, from, taken, window });
  };
  return openSocket(context, request, address, {
    ledger: "streams",
    need: ANY_KEY,
    words: WORDS,
    protocols: [PROTOCOL],
    prepare,
  });
}

// What a socket keeps is made apart from the request, which it would keep as well.
function opensAll(opening: AllOpening): SocketOpening {
  return (session) => {
    const socket = new AllSocket(session, opening);
    socket.begin();
    return socket;
  };
}

function allOptions(): Response {
  return answer(204, {
    "access-control-allow-methods": ALL_METHODS,
    "access-control-allow-headers": "authorization, last-event-id, x-api-key",
    "access-control-max-age": "600",
  });
}
