import { z } from "zod";
import { KvAnswerError } from "./connect_errors.ts";

/** Versions of KV Connect that are spoken here. */
const VERSIONS = [2, 3];

/** What a KV service says of itself, asked with the token that its owner was given. */
const metadata = z.object({
  version: z.literal(VERSIONS),
  databaseId: z.string(),
  endpoints: z.array(z.object({ url: z.string(), consistency: z.string() })),
  token: z.string(),
  expiresAt: z.iso.datetime({ offset: true }),
});

/** Milliseconds before its end that a session is not used any more, and that it is used at least. */
const BEFORE_END_MS = 5 * 60_000;
const AT_LEAST_MS = 60_000;

/** Where the database is read and written, and by which token, for some time. */
export interface KvSession {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** By `performance.now()`: another machine's clock may be any. */
  readonly until: number;
}

/** What the service at `url` answered to {@linkcode metadataRequest}. Throws where it is none. */
export function sessionOf(said: unknown, url: string): KvSession {
  const { success, data, error } = metadata.safeParse(said);
  const strong = data?.endpoints.find(({ consistency }) => consistency === "strong")?.url;
  if (!success || strong === undefined || !URL.canParse(strong, url)) {
    const what = error?.issues[0]?.path.join(".") ?? "endpoints";
    throw new KvAnswerError(404, `it is not a KV service: ${what}`);
  }
  const { version, databaseId, token, expiresAt } = data;
  const left = Date.parse(expiresAt) - Date.now();
  return {
    endpoint: new URL(strong, url).href.replace(/\/$/, ""),
    headers: {
      "authorization": `Bearer ${token}`,
      "content-type": "application/x-protobuf",
      "x-denokv-version": String(version),
      "x-denokv-database-id": databaseId,
    },
    until: performance.now() + Math.max(left - BEFORE_END_MS, AT_LEAST_MS),
  };
}

/** Headers and body of the question who it is. */
export function metadataRequest(accessToken: string): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  return {
    headers: { "authorization": `Bearer ${accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ supportedVersions: VERSIONS }),
  };
}
