import { ApiError, askJson } from "./api.ts";

/** Whoever made a key, or holds it. */
export interface KeyHolder {
  readonly id: string;
  readonly name: string | null;
}

/** A connection, as `GET /v1/connections` has it. */
export interface ConnectionEntry {
  readonly id: string;
  readonly kind: string;
  readonly ledger: string;
  readonly address: string;
  readonly key: KeyHolder | null;
  readonly agent: string | null;
  readonly since: string;
  readonly follows: readonly {
    readonly chain: string;
    readonly filter: string | null;
    readonly offset: number;
    readonly next: number;
    readonly lagEvents: number;
    readonly lagSeconds: number | null;
    readonly unacknowledged: number | null;
  }[];
  readonly followed: number;
  readonly lagEvents: number | null;
  readonly lagSeconds: number | null;
  readonly unacknowledged: number | null;
  readonly bufferedBytes: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** All of them, or the first of them. */
export interface Connections {
  readonly server: string;
  readonly sharesStore: boolean;
  readonly total: number;
  readonly connections: readonly ConnectionEntry[];
}

/** A subscription, as `GET /v1/subscriptions` has it. */
export interface SubscriptionEntry {
  readonly id: string;
  readonly type: string;
  readonly target: string;
  readonly pattern: string | null;
  readonly state: string;
  readonly failures: number;
  readonly nextTryAt: string | null;
  readonly lastAnswer:
    | {
      readonly at: string;
      readonly status: number | null;
      readonly error: string | null;
      readonly ms: number;
    }
    | null;
  readonly streams: number;
  readonly lagStreams: number;
  readonly lagEvents: number;
}

/** What a server is, as `GET /v1/server` has it. */
export interface ServerFacts {
  readonly version: string;
  readonly runtime: string;
  readonly startedAt: string;
  readonly threads: number;
  readonly sharesStore: boolean;
  readonly store:
    | { readonly description: string; readonly bytes: number | null; readonly damages: number }
    | null;
  readonly ports: readonly { readonly setting: string; readonly origin: string }[] | null;
}

/** The last 15 minutes by the second, as `GET /v1/stats` has it. */
export interface Stats {
  readonly series: Readonly<Record<string, readonly number[]>>;
}

/** What this server is. */
export function readServer(signal?: AbortSignal): Promise<ServerFacts> {
  return askJson<ServerFacts>("v1/server", { signal });
}

/** A key, as `GET /v1/keys` has it. */
export interface KeyEntry {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly chains: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** A setting in force, as `GET /v1/settings` has it. */
export interface SettingEntry {
  readonly name: string;
  readonly value: unknown;
  readonly isSecret: boolean;
  readonly origin: "flag" | "environment" | "file" | "default";
  readonly variable: string;
  readonly doc: string;
}

/** A line of the log, as `GET /v1/log` has it. */
export interface LogLineEntry {
  readonly ts: string;
  readonly level: string;
  readonly msg: string;
  readonly component: string;
  readonly [fact: string]: unknown;
}

/** What is asked for, or undefined where the server refuses with one of some statuses. */
export async function unlessRefused<T>(
  asked: Promise<T>,
  statuses: readonly number[],
): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && statuses.includes(error.status ?? 0)) return undefined;
    throw error;
  }
}
