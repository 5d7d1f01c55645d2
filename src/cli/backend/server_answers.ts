/** What a server answers on `/v1/chains` and `/v1/keys`, as it is read here. */
import { z } from "zod";

export const summary = z.object({
  chain: z.string(),
  epoch: z.string(),
  // Servers before it could be more said nothing of it.
  first: z.number().default(0),
  events: z.number(),
  commits: z.number(),
  bytes: z.number(),
  id: z.string(),
  time: z.number(),
  rate: z.number().nullable(),
  damaged: z.string().optional(),
});
export const verified = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    events: z.number(),
    commits: z.number(),
    rows: z.number(),
  }),
  z.object({
    ok: z.literal(false),
    damages: z.array(z.object({
      offset: z.number().optional(),
      row: z.array(z.union([z.string(), z.number()])).optional(),
      reason: z.string(),
    })),
    untold: z.number(),
  }),
]);
export const unreadableLine = z.object({
  unreadable: z.object({
    chain: z.string(),
    from: z.number(),
    to: z.number(),
    reason: z.string(),
  }),
});
/** The first line of an exported chain. */
export const exportedChain = z.object({ next: z.number() });
export const rebuilt = z.object({ events: z.number() });
export const imported = z.object({ chain: z.string(), events: z.number(), known: z.number() });
export const progressLine = z.object({
  progress: z.object({ chain: z.string(), done: z.number(), total: z.number() }),
});
export const keyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  chains: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
export const newKeyAnswer = keyAnswer.extend({ key: z.string() });
export const keysAnswer = z.object({ keys: z.array(keyAnswer) });

const following = z.object({
  chain: z.string(),
  filter: z.string().nullable(),
  offset: z.number(),
  next: z.number(),
  lagEvents: z.number(),
  lagSeconds: z.number().nullable(),
  unacknowledged: z.number().nullable(),
});
export const connectionsAnswer = z.object({
  total: z.number(),
  connections: z.array(z.object({
    id: z.string(),
    kind: z.string(),
    ledger: z.string(),
    address: z.string(),
    key: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    agent: z.string().nullable(),
    since: z.string(),
    follows: z.array(following),
    followed: z.number(),
    lagEvents: z.number(),
    lagSeconds: z.number().nullable(),
    unacknowledged: z.number().nullable(),
    bufferedBytes: z.number(),
    messages: z.number(),
    bytes: z.number(),
    messagesPerSecond: z.number(),
    bytesPerSecond: z.number(),
  })),
});
export type ShownConnection = z.output<typeof connectionsAnswer>["connections"][number];
const figures = z.array(z.number());
export const statsAnswer = z.object({
  series: z.object({
    appends: figures,
    events: figures,
    eventBytes: figures,
    messages: figures,
    bytes: figures,
    requests: figures,
    connections: figures,
    lagMs: figures,
  }),
});
export type ShownStats = z.output<typeof statsAnswer>["series"];
export const serverAnswer = z.object({
  version: z.string(),
  uptimeSeconds: z.number(),
  open: z.object({ connections: z.number(), sockets: z.number(), held: z.number() }),
});
