import type { z } from "zod";
import { AWAY, waitMs } from "../../kernel/backoff.ts";
import { sleep, systemClock } from "../../kernel/clock.ts";
import { LedgerError } from "../../kernel/errors.ts";
import type { EventQuery, OnProgress, Unreadable } from "../../server/admin/chain_tools.ts";
import {
  exportedChain,
  imported,
  keyAnswer,
  keysAnswer,
  newKeyAnswer,
  progressLine,
  rebuilt,
  summary,
  unreadableLine,
  verified,
} from "./server_answers.ts";
import { pathOfStream } from "../../streams/chain/names.ts";
import { Absence } from "./absence.ts";
import { followAll } from "./follow_all.ts";
import { isPassing, linesFrom, ServerApi } from "./server_api.ts";
import type { Backend, Notice } from "./backend.ts";

/** How long an append is retried: a restart takes less. */
const PATIENCE_MS = 30_000;

/** A running server, at the address of its main port. */
export function serverBackend(url: string, key: string | undefined): Backend {
  const api = new ServerApi(url, key);
  return {
    description: api.origin,
    chains: (prefix) =>
      parsedLines(api, `/v1/chains?prefix=${encodeURIComponent(prefix)}`, summary),
    read: (chain, query) => texts(api, `${pathOf(chain)}/events?${parametersOf(query)}`),
    follow: (chain, query, signal, notice) => follow(api, chain, query, signal, notice),
    followAll: (query, signal, notice) => followAll(api, query, signal, notice),
    export: (chain, progress, unreadable) => exported(api, chain, progress, unreadable),
    backup: () => texts(api, "/v1/backup"),
    import: (lines, progress) => importLines(api, lines, progress),
    verify: (chain, progress) => task(api, `${pathOf(chain)}/verify`, verified, progress),
    damagedKept: () => Promise.resolve([]),
    compareRows: () =>
      Promise.reject(new LedgerError("config_invalid", "Rows are compared on a store: --store")),
    rebuild: (chain) => task(api, `${pathOf(chain)}/rebuild`, rebuilt, () => {}),
    append: (stream, batches, notice) => append(api, stream, batches, notice),
    keys: {
      list: async () => keysAnswer.parse(await (await api.ask("GET", "/v1/keys")).json()).keys,
      create: async (request) =>
        newKeyAnswer.parse(await (await api.ask("POST", "/v1/keys", jsonBody(request))).json()),
      revoke: async (id) =>
        keyAnswer.parse(
          await (await api.ask("DELETE", `/v1/keys/${encodeURIComponent(id)}`)).json(),
        ),
    },
    close: () => Promise.resolve(),
  };
}

function pathOf(chain: string): string {
  return `/v1/chains/${encodeURIComponent(chain)}`;
}

function parametersOf({ from, limit, filter, isBackward }: EventQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  if (from.at === "offset") parameters.set("from", String(from.offset));
  else if (from.at === "after") parameters.set("from", from.id);
  else if (from.at === "time") parameters.set("from", new Date(from.time).toISOString());
  else parameters.set("from", from.at);
  if (limit !== Infinity) parameters.set("limit", String(limit));
  if (isBackward) parameters.set("backward", "true");
  for (const type of filter.types ?? []) parameters.append("type", type);
  for (const key of filter.keys ?? []) parameters.append("key", key);
  return parameters;
}

function jsonBody(value: unknown): RequestInit {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

async function* texts(api: ServerApi, path: string): AsyncGenerator<string> {
  for await (const line of linesFrom(await api.ask("GET", path))) yield `${line}\n`;
}

async function* parsedLines<T>(
  api: ServerApi,
  path: string,
  schema: z.ZodType<T>,
): AsyncGenerator<T> {
  for await (const line of linesFrom(await api.ask("GET", path))) {
    yield schema.parse(JSON.parse(line));
  }
}

async function* exported(
  api: ServerApi,
  chain: string,
  progress: OnProgress,
  unreadable: (what: Unreadable) => void,
): AsyncGenerator<string> {
  let total = 0;
  let done = -1;
  for await (const line of texts(api, `${pathOf(chain)}/export`)) {
    if (line.startsWith('{"unreadable":')) {
      const gap = unreadableLine.parse(JSON.parse(line)).unreadable;
      unreadable(gap);
      done += gap.to - gap.from;
      continue;
    }
    if (line.startsWith('{"chain":')) total = exportedChain.parse(JSON.parse(line)).next;
    progress(chain, ++done, total);
    yield line;
  }
  if (done < total) {
    throw new LedgerError("store_unavailable", "The connection was lost: export the chain again");
  }
}

/** Follows a chain, and reconnects at the next offset: exactly once, whatever the connection does. */
async function* follow(
  api: ServerApi,
  chain: string,
  query: EventQuery,
  signal: AbortSignal,
  notice: Notice,
): AsyncGenerator<string> {
  let { from, limit } = query;
  let isKnown = false;
  const absence = new Absence(api.origin, notice);
  for (let wait = 0; !signal.aborted && limit > 0;) {
    try {
      const parameters = parametersOf({ ...query, from, limit });
      const path = `${pathOf(chain)}/events?${parameters}&follow=true`;
      const response = await api.ask("GET", path, { signal });
      isKnown = true;
      wait = 0;
      absence.ends();
      for await (const line of linesFrom(response)) {
        from = { at: "offset", offset: offsetOf(line) + 1 };
        limit--;
        yield `${line}\n`;
      }
    } catch (error) {
      if (signal.aborted) return;
      // One that never answered is most likely at another address.
      if (!isKnown || !isPassing(error)) throw error;
      absence.begins();
    }
    if (limit > 0) await sleep(systemClock, waitMs(wait++, AWAY, Math.random));
  }
}

function offsetOf(line: string): number {
  return Number(/^\{"offset":(\d+)/.exec(line)?.[1]);
}

/** The result of a task, which the server tells last, after its progress. */
async function task<T>(
  api: ServerApi,
  path: string,
  schema: z.ZodType<T>,
  progress: OnProgress,
): Promise<T> {
  for await (const line of linesFrom(await api.ask("POST", path))) {
    const value: unknown = JSON.parse(line);
    const report = progressLine.safeParse(value);
    if (!report.success) return schema.parse(value);
    const { chain, done, total } = report.data.progress;
    progress(chain, done, total);
  }
  throw new LedgerError("store_unavailable", "The server went away before it was done");
}

async function* importLines(api: ServerApi, lines: AsyncIterable<string>, progress: OnProgress) {
  const body = ReadableStream.from(withLineFeeds(lines)).pipeThrough(new TextEncoderStream());
  for await (const line of linesFrom(await api.ask("POST", "/v1/chains/import", { body }))) {
    const value: unknown = JSON.parse(line);
    const report = progressLine.safeParse(value);
    if (report.success) {
      const { chain, done, total } = report.data.progress;
      progress(chain, done, total);
    } else yield imported.parse(value);
  }
}

async function* withLineFeeds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function* append(
  api: ServerApi,
  stream: string,
  batches: AsyncIterable<readonly string[]>,
  notice: Notice,
): AsyncGenerator<number> {
  const absence = new Absence(api.origin, notice);
  const path = pathOfStream(stream);
  const type = { "content-type": "application/json" };
  await (await api.ask("PUT", path, { headers: type })).body?.cancel();
  // An idempotent producer: a batch whose answer was lost can be sent again.
  const producer = crypto.randomUUID();
  let seq = 0;
  for await (const batch of batches) {
    const headers = {
      ...type,
      "producer-id": producer,
      "producer-epoch": "0",
      "producer-seq": String(seq++),
    };
    const body = `[${batch.join(",")}]`;
    await patiently(absence, () => api.ask("POST", path, { headers, body }));
    yield batch.length;
  }
}

async function patiently(absence: Absence, ask: () => Promise<Response>): Promise<void> {
  const until = systemClock.now() + PATIENCE_MS;
  for (let wait = 0;;) {
    try {
      await (await ask()).body?.cancel();
      return absence.ends();
    } catch (error) {
      if (!isPassing(error) || systemClock.now() > until) throw error;
      absence.begins();
      await sleep(systemClock, waitMs(wait++, AWAY, Math.random));
    }
  }
}
