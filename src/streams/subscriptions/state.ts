import type { RowKey } from "../../log/keys.ts";

/** What a client asked for, in canonical form; null stands for what it left out. */
export type Config = {
  readonly type: "webhook" | "pull-wake";
  readonly pattern: string | null;
  /** Explicit streams, sorted, each once. */
  readonly streams: readonly string[];
  readonly url: string | null;
  readonly wakeStream: string | null;
  /** Milliseconds. */
  readonly lease: number;
  readonly description: string | null;
};

/**
 * How far a wake has come: `due` for delivery, `sending` while a webhook is called, `sent` once it is
 * delivered, `held` by a worker that claimed it.
 */
export type Phase = "due" | "sending" | "sent" | "held";

/** A wake in flight. */
export type Wake = {
  readonly id: string;
  /** The stream that was found to have news first. */
  readonly stream: string;
  readonly phase: Phase;
  /** The process that delivers it; others take over where it dies. */
  readonly by: string;
  /** Milliseconds since the epoch; `until` is the end of the lease, null while there is none. */
  readonly since: number;
  readonly until: number | null;
  readonly worker: string | null;
};

/** Everything about a subscription but its links. */
export type Subscription = {
  readonly id: string;
  /** Offset of its `created` event: tells it from others that had the same id. */
  readonly life: number;
  readonly config: Config;
  readonly hash: string;
  /** Where its clients reach this server. */
  readonly origin: string;
  /** The id of the key that it was made with, where keys are needed. */
  readonly owner?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether all streams that were there before are linked. */
  readonly isReady: boolean;
  readonly generation: number;
  /** Consecutive failed deliveries, and when the next may be tried. */
  readonly failures: number;
  readonly retryAt: number | null;
  /** Whether nobody is woken, because an administrator says so. Left out where that is not so. */
  readonly isPaused?: boolean;
  readonly wake: Wake | null;
};

/** A subscription's cursor in one stream: the token up to which it is processed. */
export type Link = { readonly acked: string; readonly isExplicit: boolean };

export const SUBSCRIPTIONS: RowKey = ["sub"];
export const LINKS: RowKey = ["link"];

export function subscriptionRow(id: string): RowKey {
  return [...SUBSCRIPTIONS, id];
}

export function linkRow(life: number, path: string): RowKey {
  return [...LINKS, life, path];
}
