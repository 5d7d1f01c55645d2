import { z } from "zod";
import { countSetting } from "../../kernel/setting.ts";
import { DELIVERY_STATES } from "../../web/deliveries.ts";
import { inJson, type Tells } from "../../web/operation.ts";
import { problemForm } from "../../web/problem.ts";
import { SORTS } from "../watching/connection_list.ts";
import { STATS_SECONDS } from "../watching/stats.ts";

/* What the routes take and answer that tell who is there and how far behind. */

/** Connections of one answer: how many at the most, and where nothing is said. */
const MOST = 20_000;
const USUAL = 1_000;

export const connectionsQuery = z.object({
  sort: z.enum(SORTS).default("lag"),
  limit: countSetting(1, MOST).default(USUAL),
  ledger: z.string().optional(),
  chain: z.string().optional(),
});

export const statsQuery = z.object({
  seconds: countSetting(1, STATS_SECONDS).default(STATS_SECONDS),
});

const time = z.iso.datetime();
const key = z.object({ id: z.string(), name: z.string().nullable() }).nullable();

/** Which server tells. */
const about = { server: z.string(), sharesStore: z.boolean() };
const aboutNow = { ...about, time };

const missing = { 404: problemForm() } as const;
const refused = { 400: problemForm() } as const;

export const toldOfConnections: Tells = () => {
  const behind = {
    lagEvents: z.int(),
    lagSeconds: z.number().nullable(),
    unacknowledged: z.int().nullable(),
  };
  const following = z.object({
    chain: z.string(),
    filter: z.string().nullable(),
    offset: z.int().describe("Of the next event to send"),
    next: z.int().describe("Where the chain ends"),
    ...behind,
  });
  const connection = z.object({
    id: z.string(),
    kind: z.enum(["socket", "event-stream", "long-poll", "follow", "stratum"]),
    ledger: z.string(),
    address: z.string(),
    key,
    agent: z.string().nullable(),
    since: time,
    follows: z.array(following),
    followed: z.int(),
    ...behind,
    bufferedBytes: z.int(),
    messages: z.int(),
    bytes: z.int(),
    messagesPerSecond: z.number(),
    bytesPerSecond: z.number(),
  });
  return {
    does: "Who is connected to this server, and how far behind",
    query: connectionsQuery,
    answers: {
      200: inJson(z.object({ ...aboutNow, total: z.int(), connections: z.array(connection) })),
      ...refused,
    },
  };
};

export const toldOfCut: Tells = () => ({
  does: "Closes a connection",
  answers: { 204: {}, ...missing },
});

function subscription() {
  const lastAnswer = z.object({
    at: time,
    status: z.int().nullable(),
    error: z.string().nullable(),
    ms: z.int(),
  });
  const wake = z.object({ stream: z.string(), since: time, worker: z.string().nullable() });
  return z.object({
    id: z.string(),
    type: z.string(),
    target: z.string().nullable(),
    pattern: z.string().nullable(),
    description: z.string().nullable(),
    createdAt: time,
    owner: key,
    state: z.enum(DELIVERY_STATES),
    failures: z.int(),
    nextTryAt: time.nullable(),
    lastAnswer: lastAnswer.nullable(),
    streams: z.int(),
    lagStreams: z.int(),
    lagEvents: z.int(),
    wake: wake.nullable(),
  });
}

export const toldOfSubscriptions: Tells = () => ({
  does: "What is told by webhooks and wake streams, and how that goes",
  answers: { 200: inJson(z.object({ ...aboutNow, subscriptions: z.array(subscription()) })) },
});

/** What an order does to a subscription. */
export function toldOfOrder(does: string): Tells {
  return () => ({ does, answers: { 200: inJson(subscription()), ...missing } });
}

export const toldOfServer: Tells = () => {
  const port = z.object({ name: z.string(), setting: z.string(), origin: z.string() });
  const ledger = z.object({
    name: z.string(),
    title: z.string(),
    prefix: z.string(),
    network: z.string().nullable(),
  });
  const store = z.object({
    description: z.string(),
    bytes: z.int().nullable(),
    damages: z.int(),
  });
  const answer = z.object({
    ...aboutNow,
    name: z.string(),
    version: z.string(),
    runtime: z.string(),
    startedAt: time,
    uptimeSeconds: z.number(),
    threads: z.int(),
    isKeyNeeded: z.boolean(),
    store: store.nullable().describe("For an administrator alone"),
    ports: z.array(port).nullable().describe("For an administrator alone"),
    ledgers: z.array(ledger),
    limits: z.record(z.string(), z.number().nullable()),
    open: z.object({ connections: z.int(), sockets: z.int(), held: z.int() }),
  });
  return { does: "What this server is", answers: { 200: inJson(answer) } };
};

export const toldOfStats: Tells = () => ({
  does: "The last 15 minutes of this server by the second",
  query: statsQuery,
  answers: {
    200: inJson(z.object({
      ...about,
      from: time,
      to: time,
      series: z.record(z.string(), z.array(z.number())),
    })),
    ...refused,
  },
});

export const toldOfChain: Tells = () => {
  const types = z.object({
    counted: z.int().describe("Events that were looked at; ask again for more"),
    counts: z.record(z.string(), z.int()),
    others: z.int(),
  });
  const answer = z.object({
    chain: z.string(),
    epoch: z.string(),
    first: z.object({ offset: z.int(), id: z.string(), time }).nullable(),
    head: z.object({ next: z.int(), id: z.string(), time, hash: z.string() }),
    events: z.int(),
    commits: z.int(),
    bytes: z.int(),
    rate: z.number().nullable(),
    types: types.nullable(),
  });
  return { does: "A chain at a glance", answers: { 200: inJson(answer), ...missing } };
};
