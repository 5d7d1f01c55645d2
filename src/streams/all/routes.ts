import { isUpgrade } from "../../sockets/upgrade.ts";
import { ANY_KEY, type Grant } from "../../web/access.ts";
import { admission, uncovered } from "../../web/admission.ts";
import { askedUrl } from "../../web/asked_url.ts";
import type { LedgerApp } from "../../web/ledger.ts";
import { openSocket, type SocketOpening } from "../../web/open_socket.ts";
import { answer, streamProblem, streamProblemOf, wordsAbout } from "../http/responses.ts";
import { isForSocket, PROTOCOL } from "../socket/handshake.ts";
import { type AllContext, pollAll, readAllPage, streamAll } from "./http.ts";
import { allOffset, positionIn } from "./place.ts";
import { type AllRequest, chainsNamed, placeOfStart, readAllRequest } from "./request.ts";
import { type AllOpening, AllSocket } from "./socket.ts";

/** Where all chains are read, on every port that streams are on. */
export const ALL_PATH = "/v1/all";

const METHODS = "GET, HEAD, OPTIONS";
const WORDS = wordsAbout();

/** Adds the route that all chains are read at. */
export function allRoutes(app: LedgerApp, context: AllContext): void {
  app.all(ALL_PATH, async ({ req: { raw }, env }) => {
    try {
      const { method } = raw;
      if (method === "OPTIONS") return allOptions();
      if (isForSocket(raw)) return await answerAllSocket(context, raw, env.remoteAddress);
      const grant = admission(context.access, raw, WORDS, ANY_KEY);
      if (grant instanceof Response) return grant;
      if (method !== "GET" && method !== "HEAD") {
        return streamProblem(405, "method_not_allowed", "All chains can only be read here", {
          allow: METHODS,
        });
      }
      const lastId = raw.headers.get("last-event-id");
      const asked = readAllRequest(askedUrl(raw).searchParams, false, lastId);
      return denied(context, grant, asked) ??
        await (method === "HEAD" ? describe(context) : read(context, raw, asked, {
          address: env.remoteAddress,
          grant,
          request: raw,
        }));
    } catch (error) {
      return streamProblemOf(error);
    }
  });
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

async function read(
  context: AllContext,
  request: Request,
  asked: AllRequest,
  visitor: { readonly address: string; readonly grant: Grant; readonly request: Request },
): Promise<Response> {
  const order = await context.readers.order();
  const from = placeOfStart(asked.start, order, context.clock.now());
  const found = { asked, from, order, visitor, left: request.signal };
  if (asked.mode === "sse") return await streamAll(context, found);
  return await (asked.mode === "page" ? readAllPage : pollAll)(context, found);
}

/** Where all chains end now. */
async function describe({ readers }: AllContext): Promise<Response> {
  const { epoch, next } = await readers.order();
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
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": "authorization, last-event-id, x-api-key",
    "access-control-max-age": "600",
  });
}
