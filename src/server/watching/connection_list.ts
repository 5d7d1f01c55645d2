import { Pace } from "../../kernel/turn.ts";
import { type Following, lagOf } from "../../sockets/following.ts";
import type { SocketHub } from "../../sockets/hub.ts";
import type { Stay, StayKind } from "../../sockets/stay.ts";

/** By what connections are put in order, the most first. */
export const SORTS = ["lag", "age", "buffered", "rate"] as const;
export type Sort = typeof SORTS[number];

/** Which connections are asked for. */
export interface ConnectionQuery {
  readonly sort: Sort;
  readonly limit: number;
  readonly ledger?: string | undefined;
  /** The whole name of a chain that they read. */
  readonly chain?: string | undefined;
}

/** A connection as a thread tells of it. Times are milliseconds since the epoch. */
export interface ToldConnection {
  readonly id: string;
  readonly kind: StayKind;
  readonly ledger: string;
  readonly address: string;
  /** The id of the key; undefined where none was needed. */
  readonly key: string | undefined;
  readonly agent: string | undefined;
  readonly since: number;
  readonly follows: readonly Following[];
  readonly followed: number;
  readonly unacknowledged: number | undefined;
  readonly buffered: number;
  readonly messages: number;
  readonly bytes: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** What it was put in order by. */
  readonly rank: number;
}

/** What a thread tells: how many there are of those that are asked for, and the first of them. */
export interface ToldConnections {
  readonly total: number;
  readonly connections: readonly ToldConnection[];
}

/** Chains of a connection that are told of: one may follow a thousand. */
const MOST_FOLLOWS = 16;

/** Characters of what a stranger has written. */
const SHOWN_CHARS = 200;

/** The connections of a hub that are asked for. */
export async function listConnections(
  hub: Pick<SocketHub, "stays">,
  query: ConnectionQuery,
  now: number,
): Promise<ToldConnections> {
  const found: { readonly rank: number; readonly stay: Stay }[] = [];
  const turns = Pace.ofSteps();
  for (const stay of [...hub.stays()]) {
    const turn = turns.spend(1);
    if (turn !== undefined) await turn;
    if (isWanted(stay, query)) {
      found.push({ rank: rankOf(stay, query.sort, now), stay });
    }
  }
  found.sort((one, other) => other.rank - one.rank);
  const connections: ToldConnection[] = [];
  for (const { rank, stay } of found.slice(0, query.limit)) {
    const turn = turns.spend(1);
    if (turn !== undefined) await turn;
    connections.push(told(stay, rank, now));
  }
  return { total: found.length, connections };
}

function isWanted({ ledger, watched }: Stay, query: ConnectionQuery): boolean {
  if (query.ledger !== undefined && ledger !== query.ledger) return false;
  if (query.chain === undefined) return true;
  for (const { chain } of watched.followings()) if (chain === query.chain) return true;
  return false;
}

function rankOf(stay: Stay, sort: Sort, now: number): number {
  switch (sort) {
    case "lag":
      return stay.lag ?? 0;
    case "age":
      return -stay.since;
    case "buffered":
      return stay.watched.buffered;
    case "rate":
      return stay.rates(now).bytes;
  }
}

function told(stay: Stay, rank: number, now: number): ToldConnection {
  const { id, kind, ledger, visitor, since, watched } = stay;
  const { messages, bytes, buffered } = watched;
  const all = [...watched.followings()];
  const follows = all.toSorted((one, other) => lagOf(other) - lagOf(one)).slice(0, MOST_FOLLOWS);
  const windows = all.flatMap(({ unacknowledged }) => unacknowledged ?? []);
  const rates = stay.rates(now);
  return {
    id,
    kind,
    ledger,
    address: visitor.address,
    key: visitor.grant.id === "anyone" ? undefined : visitor.grant.id,
    agent: stay.agent?.slice(0, SHOWN_CHARS),
    since,
    follows: follows.map((following) => ({
      ...following,
      filter: following.filter?.slice(0, SHOWN_CHARS),
    })),
    followed: all.length,
    unacknowledged: windows.length === 0 ? undefined : windows.reduce((sum, one) => sum + one),
    buffered,
    messages,
    bytes,
    messagesPerSecond: rates.messages,
    bytesPerSecond: rates.bytes,
    rank,
  };
}
