import type { Context } from "hono";
import { EVENT_BYTES } from "../kernel/limits.ts";
import type { Grant } from "../web/access.ts";
import { admission, uncovered } from "../web/admission.ts";
import { askedUrl } from "../web/asked_url.ts";
import { answering } from "../web/described.ts";
import type { LedgerApp, RequestEnv } from "../web/ledger.ts";
import { noteRoute } from "../web/noted_route.ts";
import { SAFE_METHODS } from "../web/owner.ts";
import { contentOf, readProducer, readSeq, saysClosed } from "./chain/append_request.ts";
import { isContentType } from "./chain/content_type.ts";
import { badRequest } from "./chain/errors.ts";
import { readElsewhere } from "./chain/elsewhere.ts";
import { readExpectation, tagOf } from "./chain/expectation.ts";
import { endToken } from "./chain/layout.ts";
import { readLifetime } from "./chain/lifetime.ts";
import { MOUNT, streamNameOf } from "./chain/names.ts";
import type { ForkRequest } from "./chain/create_request.ts";
import type { StreamState } from "./chain/state.ts";
import { read } from "./http/get.ts";
import type { ReadContext, StreamReader } from "./http/read_context.ts";
import {
  answer,
  type AnswerHeaders,
  flag,
  protocolOptions,
  readAppend,
  STREAM_WORDS,
  streamProblem,
  streamProblemOf,
  wordsAbout,
} from "./http/responses.ts";
import { streamOperations } from "./operations.ts";
import { answerSocket, isForSocket, type SocketReads } from "./socket/handshake.ts";

/** How the route of every stream is called. */
const ROUTE = `${MOUNT}/*`;

/** What can be done with a stream. */
export const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"] as const;

/** Adds the routes of the protocol: every path below the mount, `base` in the app, is a stream. */
export function streamRoutes(
  app: LedgerApp,
  reads: ReadContext & SocketReads,
  base: string,
): void {
  const route = answering(async ({ req: { raw }, env }: Context<RequestEnv>) => {
    try {
      noteRoute(raw, ROUTE);
      if (raw.method === "OPTIONS") return protocolOptions();
      const name = streamNameOf(askedUrl(raw).pathname);
      const address = env.remoteAddress;
      if (isForSocket(raw)) return await answerSocket(reads, name, raw, address);
      const scope = SAFE_METHODS.has(raw.method) ? "read" : "append";
      const need = { scope, chain: reads.service.chainName(name) } as const;
      const grant = admission(reads.access, raw, STREAM_WORDS, need);
      if (grant instanceof Response) return grant;
      const { handOver } = env;
      if (handOver !== undefined && scope === "append") return await handOver(raw, true);
      const isForeign = env.isForeign === true;
      return await handle(raw, name, reads, { address, grant, request: raw, isForeign });
    } catch (error) {
      return streamProblemOf(error);
    }
  }, streamOperations);
  app.all(`${base}/*`, route);
}

/** Who asks, with what lets them in. */
type Client = StreamReader & { readonly grant: Grant };

/** Answers a request that is let in; throws, or rejects, what is a problem. */
function handle(
  request: Request,
  name: string,
  reads: ReadContext,
  client: Client,
): Response | Promise<Response> {
  const { service } = reads;
  // Chains of other ledgers are read alone.
  if (service.isLedger(name) && !SAFE_METHODS.has(request.method)) {
    return streamProblem(405, "read_only", "A ledger's chain can only be read here", {
      allow: [...SAFE_METHODS].join(", "),
    });
  }
  switch (request.method) {
    case "GET":
      return read(reads, name, request, client);
    case "HEAD":
      return service.state(name).then(describe);
    case "PUT":
      return create(reads, name, request, client);
    case "POST":
      return append(reads, name, request, client);
    case "DELETE":
      return service.remove(name).then(() => answer(204, {}));
    default:
      return streamProblem(405, "method_not_allowed", "Streams know no such method", {
        allow: METHODS.join(", "),
      });
  }
}

function endOf(state: StreamState, end = endToken(state)): AnswerHeaders {
  return { "stream-next-offset": end, "stream-closed": flag(state.isClosed) };
}

function describe(state: StreamState): Response {
  const end = endToken(state);
  return answer(200, {
    ...endOf(state, end),
    etag: tagOf(end),
    "content-type": state.contentType,
    "stream-ttl": state.ttl === null ? undefined : String(state.ttl),
    "stream-expires-at": state.expiresAt ?? undefined,
    "cache-control": "no-store",
  });
}

async function create(
  reads: ReadContext,
  name: string,
  request: Request,
  { grant }: Client,
): Promise<Response> {
  const { headers } = request;
  const { service } = reads;
  const fork = readFork(headers);
  const refused = fork &&
    uncovered(
      reads.access,
      grant,
      { scope: "read", chain: service.chainName(fork.source) },
      STREAM_WORDS,
    );
  if (refused !== undefined) return refused;
  const contentType = contentTypeOf(headers);
  const { state, isNew } = await service.create(name, {
    contentType,
    lifetime: readLifetime(headers),
    closed: saysClosed(headers),
    fork,
    body: await readAppend(request, EVENT_BYTES),
    contentOf,
  });
  const { origin, pathname } = askedUrl(request);
  return answer(isNew ? 201 : 200, {
    ...endOf(state),
    "content-type": state.contentType,
    location: isNew ? origin + pathname : undefined,
  });
}

async function append(
  { service, access }: ReadContext,
  name: string,
  request: Request,
  { grant }: Client,
): Promise<Response> {
  const { headers } = request;
  const elsewhere = readElsewhere(headers, name);
  // Before anything is said of it.
  for (const other of elsewhere?.keys() ?? []) {
    const need = { scope: "read", chain: service.chainName(other) } as const;
    const refused = uncovered(access, grant, need, wordsAbout(other));
    if (refused !== undefined) return refused;
  }
  const producer = readProducer(headers);
  const seq = readSeq(headers);
  const expected = readExpectation(headers);
  const closes = saysClosed(headers);
  const body = await readAppend(request, EVENT_BYTES);
  const contentType = body.length === 0 ? undefined : contentTypeOf(headers);
  // Whether there is a stream at all counts before what is wrong with the request.
  if (contentType === undefined && !(closes && body.length === 0)) {
    await service.state(name);
    throw body.length === 0
      ? badRequest("empty", "An append has a body, unless it closes the stream")
      : badRequest("content_type_missing", "An append says its content type");
  }
  const write = async () =>
    service.append(name, {
      content: contentType === undefined ? undefined : await contentOf(body, contentType),
      closes,
      seq,
      producer,
      expected,
      elsewhere,
    }, body.length);
  const { state, isRepeat, accepted } = await service.inHand.run(body.length, write);
  // With a producer the status tells what is new from what was sent again.
  const isNews = producer !== undefined && !isRepeat && body.length > 0;
  const end = endToken(state);
  return answer(isNews ? 200 : 204, {
    ...endOf(state, end),
    etag: tagOf(end),
    "producer-epoch": producer === undefined ? undefined : String(producer.epoch),
    "producer-seq": accepted === undefined ? undefined : String(accepted),
  });
}

function contentTypeOf(headers: Headers): string | undefined {
  const contentType = headers.get("content-type")?.trim();
  if (contentType === undefined || contentType === "") return undefined;
  if (!isContentType(contentType)) {
    throw badRequest("content_type_invalid", "The content type is not one");
  }
  return contentType;
}

/** Reads the headers of a fork (PROTOCOL.md, section 4.2). Throws a refusal. */
function readFork(headers: Headers): ForkRequest | undefined {
  const from = headers.get("stream-forked-from");
  const at = headers.get("stream-fork-offset") ?? undefined;
  const sub = headers.get("stream-fork-sub-offset");
  if (from === null) {
    if (at === undefined && sub === null) return undefined;
    throw badRequest("fork_invalid", "A fork's offset needs Stream-Forked-From");
  }
  if (sub !== null && !/^(?:0|[1-9]\d{0,14})$/.test(sub)) {
    throw badRequest("sub_offset_invalid", "Stream-Fork-Sub-Offset is a whole number");
  }
  return { source: streamNameOf(from), at, sub: Number(sub ?? 0) };
}
