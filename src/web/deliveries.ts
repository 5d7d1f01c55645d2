import type { Histogram } from "../kernel/histogram.ts";

/** How far something that is told to others has come. */
export const DELIVERY_STATES = [
  "making",
  "paused",
  "idle",
  "due",
  "sending",
  "waiting",
  "held",
  "retrying",
] as const;
export type DeliveryState = typeof DELIVERY_STATES[number];

/** What the other side said last. Times are milliseconds since the epoch. */
export interface LastAnswer {
  readonly at: number;
  /** The status of its answer; undefined where there was none. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** How long it took. */
  readonly ms: number;
}

/** Something that is told to others as it happens, such as by a webhook. */
export interface Delivery {
  readonly id: string;
  readonly type: string;
  /** Where it is told, without what may be a secret. */
  readonly target: string | undefined;
  readonly pattern: string | undefined;
  readonly description: string | undefined;
  readonly createdAt: number;
  /** The id of the key that it was made with. */
  readonly owner: string | undefined;
  readonly state: DeliveryState;
  /** Failures in a row, and when it is tried again. */
  readonly failures: number;
  readonly nextTryAt: number | undefined;
  readonly lastAnswer: LastAnswer | undefined;
  /** Streams that it is about, and those of them that have events which are not acknowledged. */
  readonly streams: number;
  readonly lagStreams: number;
  readonly lagEvents: number;
  readonly wake: {
    readonly stream: string;
    readonly since: number;
    readonly worker: string | undefined;
  } | undefined;
}

/** What an administrator may tell one to do. */
export const ORDERS = ["retry", "pause", "resume"] as const;
export type Order = typeof ORDERS[number];

/** How webhooks were answered since the start: a success, another status, or not at all. */
export type WebhookOutcome = "ok" | "refused" | "failed";

/** What a ledger tells to others, for whoever watches over it. */
export interface Deliveries {
  list(): readonly Delivery[];
  /** Carries an order out; undefined where there is none of that id. */
  order(id: string, order: Order): Promise<Delivery | undefined>;
  readonly outcomes: Readonly<Record<WebhookOutcome, number>>;
  /** How long answers took, and failures until they were noticed, in seconds. */
  readonly durations: Histogram;
}
