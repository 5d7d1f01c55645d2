import { createHash } from "node:crypto";
import { z } from "zod";
import { badRequest, StreamRefusal } from "../chain/errors.ts";
import { globPattern } from "../chain/glob.ts";
import { checkedName, withoutSlashes } from "../chain/names.ts";
import { invalid } from "./errors.ts";
import type { Config } from "./state.ts";

/** The most explicit streams of one request: their links have to fit one commit. */
const STREAMS = 128;

/** The most acks of one request: a wake names no more streams. */
const ACKS = 200;

/** The longest path, in characters: a stream's longest name, and some slashes. */
const PATH_CHARS = 512;

/** The longest offset token or wake id, in characters, with a margin. */
const TOKEN_CHARS = 128;

const text = (most: number) => z.string().min(1).max(most);

/** A list, whose length is checked before its items are. */
const list = <T extends z.ZodType>(item: T, most: number, least = 0) =>
  z.array(z.unknown()).min(least).max(most).pipe(z.array(item));

/** A path below the root of the streams; slashes at its ends are no part of it. */
const path = z.string().max(PATH_CHARS).transform((given, context) => {
  try {
    if (!given.isWellFormed()) throw badRequest("name_invalid", "The name is not well formed");
    return checkedName(withoutSlashes(given));
  } catch (error) {
    if (!(error instanceof StreamRefusal)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

export const creationBody = z.object({
  type: z.enum(["webhook", "pull-wake"]),
  pattern: globPattern.nullish(),
  streams: list(path, STREAMS).nullish(),
  webhook: z.object({ url: text(2_048) }).nullish(),
  wake_stream: path.nullish(),
  lease_ttl_ms: z.int().min(1_000).max(600_000).default(30_000),
  description: z.string().max(1_024).refine((given) => given.isWellFormed()).nullish(),
});

export const membershipBody = z.object({ streams: list(path, STREAMS, 1) });

export const claimBody = z.object({ worker: text(256).refine((given) => given.isWellFormed()) });

export const releaseBody = z.object({ wake_id: z.string().max(TOKEN_CHARS), generation: z.int() });

export const reportBody = releaseBody.extend({
  acks: list(z.object({ stream: path, offset: z.string().max(TOKEN_CHARS) }), ACKS).default([]),
  done: z.boolean().default(false),
});

/** Reads the body that creates a subscription (PROTOCOL.md, section 6.2). Throws 400. */
export function readConfig(body: unknown): Config {
  const asked = parsed(creationBody, body);
  const { type, pattern = null } = asked;
  const streams = [...new Set(asked.streams ?? [])].sort();
  if (pattern === null && streams.length === 0) throw invalid("It has a pattern, or streams");
  const isWebhook = type === "webhook";
  const url = isWebhook ? asked.webhook?.url ?? null : null;
  const wakeStream = isWebhook ? null : asked.wake_stream ?? null;
  if (isWebhook && url === null) throw invalid("A webhook has webhook.url");
  if (!isWebhook && wakeStream === null) throw invalid("A pull-wake has wake_stream");
  return {
    type,
    pattern,
    streams,
    url,
    wakeStream,
    lease: asked.lease_ttl_ms,
    description: asked.description ?? null,
  };
}

/** The hash by which two configurations are compared. */
export function configHash(config: Config): string {
  const { type, pattern, streams, url, wakeStream, lease, description } = config;
  const canonical = [type, pattern, streams, url, wakeStream, lease, description];
  return createHash("sha256").update(JSON.stringify(canonical)).digest("hex");
}

/** The streams of a request to link some. Throws 400. */
export function readStreams(body: unknown): readonly string[] {
  return parsed(membershipBody, body).streams;
}

/** The one path in the address of a link. Throws 400. */
export function readPath(given: string): string {
  return parsed(path, given);
}

export function readClaim(body: unknown): { readonly worker: string } {
  return parsed(claimBody, body);
}

/** The body of an ack, a callback or a release. */
export type ReportBody = z.infer<typeof reportBody>;

export function readReport(body: unknown): ReportBody {
  return parsed(reportBody, body);
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  const [issue] = error.issues;
  throw invalid(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}
