import type { Context, Hono } from "hono";
import { z } from "zod";
import { LedgerError } from "../../kernel/errors.ts";
import { countSetting } from "../../kernel/setting.ts";
import { firstOf } from "../../log/base.ts";
import { beginLines } from "../../log/begin_lines.ts";
import type { Log } from "../../log/log.ts";
import { NEXT_HEADER, RECORDS_PATH, TIME_HEADER } from "../../remote/ledgerline/dialect.ts";
import { exchangeOf } from "../../sockets/exchange.ts";
import { globPattern, matchesGlob } from "../../streams/chain/glob.ts";
import { admission } from "../../web/admission.ts";
import { described } from "../../web/described.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import type { Tells } from "../../web/operation.ts";
import { problem, problemForm, problemOf, PROBLEMS } from "../../web/problem.ts";
import { queryInvalid } from "./answers.ts";
import { isCopied } from "./copied_chains.ts";
import { authorize, neededFor } from "./authorize.ts";
import type { ChainsContext } from "./chains.ts";
import { answered } from "./line_answers.ts";
import { RecordsFeed } from "./records_feed.ts";

/** Bytes of a page of records, which ends with the commit that passes them. */
const PAGE_BYTES = 1024 * 1024;

/** Patterns of one request. */
const PATTERNS = 64;

const BYTES = "application/octet-stream";

type Call = Context<RequestEnv>;

const feedQuery = z.object({
  chain: z.array(globPattern).max(PATTERNS).default([]),
});

const pageQuery = z.object({
  epoch: z.string().regex(/^\w{1,64}$/),
  from: countSetting(0, Number.MAX_SAFE_INTEGER),
});

const bytesAnswer = { content: { [BYTES]: { type: "string", format: "binary" } } } as const;

const toldOfFeed: Tells = () => ({
  does: "Commits of all chains as they are stored, as they come, for a server that copies them",
  query: feedQuery,
  answers: { 200: bytesAnswer, 400: problemForm(), 503: problemForm() },
});

const toldOfPage: Tells = () => ({
  does:
    "A page of a chain's commits as they are stored, from the offset on that one begins with; " +
    "where the chain has it no more, the lines that its export begins with",
  query: pageQuery,
  answers: {
    200: {
      ...bytesAnswer,
      headers: z.object({
        [NEXT_HEADER]: z.string().describe("The offset after the page"),
        [TIME_HEADER]: z.string().describe("Of its last commit, in milliseconds since the epoch"),
      }),
    },
    400: problemForm(),
    404: problemForm(),
    410: problemForm(),
  },
});

/**
 * What another server needs that copies the chains of this one: their records, to the byte. Chains
 * that are a server's own are never told of.
 */
export function recordRoutes(app: Hono<RequestEnv>, context: ChainsContext): void {
  const feed = (call: Call) => {
    const { raw } = call.req;
    const grant = admission(context.access, raw, PROBLEMS);
    if (grant instanceof Response) return grant;
    const parsed = feedQuery.safeParse({ chain: call.req.queries("chain") ?? [] });
    if (!parsed.success) return queryInvalid(parsed.error);
    const patterns = parsed.data.chain;
    const wants = (chain: string) =>
      isCopied(chain) && grant.allows(neededFor(chain, "read"), chain) &&
      (patterns.length === 0 || patterns.some((pattern) => matchesGlob(pattern, chain)));
    return answered(raw, feedAnswer(context, call, grant, wants));
  };
  const page = async (call: Call) => {
    const { raw } = call.req;
    const chain = call.req.param("chain") ?? "";
    const asked = { request: raw, remoteAddress: call.env.remoteAddress };
    const refused = authorize(context, asked, neededFor(chain, "read"), chain);
    if (refused !== undefined) return refused;
    const parsed = pageQuery.safeParse(call.req.query());
    if (!parsed.success) return queryInvalid(parsed.error);
    if (!isCopied(chain)) return problem(404, "chain_unknown", `There is no chain ${chain}`);
    try {
      return answered(raw, await pageAnswer(context.log, chain, parsed.data));
    } catch (error) {
      return problemOf(error);
    }
  };
  app.get(RECORDS_PATH, described(toldOfFeed, feed));
  app.get("/v1/chains/:chain/records", described(toldOfPage, page));
}

function feedAnswer(
  { log, sockets, stopping, ownFacts }: ChainsContext,
  { req: { raw }, env: { remoteAddress } }: Call,
  grant: Exclude<ReturnType<typeof admission>, Response>,
  wants: (chain: string) => boolean,
): Response {
  const left = new AbortController();
  const records = new RecordsFeed(log, wants, () => exchangeOf(raw)?.buffered ?? 0, ownFacts);
  const visitor = { address: remoteAddress, grant, request: raw };
  const holding = { kind: "follow", watched: records } as const;
  const leave = sockets.hold("chains", visitor, () => left.abort(), holding);
  if (leave === undefined) {
    return problem(503, "store_busy", "Too many connections", { "retry-after": "5" });
  }
  const frames = records.frames(AbortSignal.any([stopping, left.signal]));
  const end = () => {
    leave();
    left.abort();
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await frames.next();
        if (done !== true) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      end();
    },
    async cancel() {
      end();
      await frames.return(undefined);
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": BYTES, "cache-control": "no-store" } });
}

/** Throws `chain_unknown`, `epoch_mismatch` and `position_invalid`. */
async function pageAnswer(
  log: Log,
  name: string,
  { epoch, from }: z.output<typeof pageQuery>,
): Promise<Response> {
  const chain = log.chain(name);
  const isOfLife = async () => {
    const head = await chain.head();
    if (head === undefined) throw new LedgerError("chain_unknown", `There is no chain ${name}`);
    if (head.epoch !== epoch) {
      throw new LedgerError("epoch_mismatch", `${name} was deleted or began a new life`);
    }
    return head;
  };
  const head = await isOfLife();
  if (from >= head.next) {
    throw new LedgerError(
      "position_invalid",
      `Offset ${from} is past the end, which is ${head.next}`,
      {
        next: head.next,
      },
    );
  }
  if (from < firstOf(head)) {
    const { first, text } = await beginLines(chain, head);
    return pageOf(text, first, head.base?.time ?? 0);
  }
  const records: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let next = from;
  let time = 0;
  for await (const batch of chain.batches(from)) {
    if (records.length === 0 && (batch.first !== from || !batch.isFirst)) {
      throw new LedgerError("position_invalid", `No commit begins at offset ${from}`);
    }
    // A record's bytes are never shared with another thread.
    records.push(batch.record as Uint8Array<ArrayBuffer>);
    bytes += batch.record.length;
    next = batch.next;
    time = batch.time;
    if (bytes >= PAGE_BYTES && batch.isLast) break;
  }
  // It may have begun anew while it was read.
  await isOfLife();
  return pageOf(new Blob(records), next, time);
}

function pageOf(body: Blob | string, next: number, time: number): Response {
  return new Response(body, {
    headers: {
      "content-type": BYTES,
      "cache-control": "no-store",
      [NEXT_HEADER]: String(next),
      [TIME_HEADER]: String(time),
    },
  });
}
