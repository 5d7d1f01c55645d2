import type { Hono } from "hono";
import type { Log } from "../../log/log.ts";
import { type Following, lagOf } from "../../sockets/following.ts";
import type { RequestEnv } from "../../web/ledger.ts";
import { problem } from "../../web/problem.ts";
import type { ToldConnection } from "../watching/connection_list.ts";
import { adminRoute } from "./admin_route.ts";
import { cutText, keyOf, queryInvalid, timeOf, told } from "./answers.ts";
import type { WatchContext } from "./watch_context.ts";
import { connectionsQuery, toldOfConnections, toldOfCut } from "./watch_operations.ts";

/** Events that are looked up in the log for their times: those of the first that are behind. */
const MOST_LOOKED_UP = 100;

/** `GET /v1/connections` and `DELETE /v1/connections/:id`; see this folder's page. */
export function connectionRoutes(app: Hono<RequestEnv>, context: WatchContext): void {
  const { surveys, log, clock } = context;
  const list = adminRoute(context, toldOfConnections, async ({ req }) => {
    const asked = connectionsQuery.safeParse(req.query());
    if (!asked.success) return queryInvalid(asked.error);
    const all = await surveys.connections(asked.data);
    const found = all.flatMap(({ connections }) => connections)
      .toSorted((one, other) => other.rank - one.rank).slice(0, asked.data.limit);
    const now = clock.now();
    const times = await timesOf(log, found);
    return told({
      ...context.about(),
      total: all.reduce((sum, { total }) => sum + total, 0),
      connections: found.map((one) => shownConnection(one, context, times, now)),
    });
  });
  const cut = adminRoute(context, toldOfCut, async ({ req }) => {
    const ended = await surveys.end(req.param("id") ?? "");
    if (ended.includes(true)) return new Response(null, { status: 204 });
    return problem(404, "not_found", "There is no connection of that id");
  });
  app.get("/v1/connections", list);
  app.delete("/v1/connections/:id", cut);
}

/** When events were committed that are not in memory, by their places. */
type Times = ReadonlyMap<string, number | undefined>;

const placeOf = ({ chain, offset }: Following) => `${offset} ${chain}`;

async function timesOf(log: Log, connections: readonly ToldConnection[]): Promise<Times> {
  const times = new Map<string, number | undefined>();
  for (const following of connections.flatMap(({ follows }) => follows)) {
    if (lagOf(following) === 0 || following.time !== undefined) continue;
    if (times.has(placeOf(following))) continue;
    if (times.size >= MOST_LOOKED_UP) break;
    times.set(placeOf(following), await timeOfEvent(log, following));
  }
  return times;
}

/** Undefined where the event cannot be read: it is not this route's to say why. */
async function timeOfEvent(
  log: Log,
  { chain, offset }: Following,
): Promise<number | undefined> {
  try {
    const [event] = await log.chain(chain).readEach([offset], 1);
    return event?.time;
  } catch {
    return undefined;
  }
}

function shownConnection(
  one: ToldConnection,
  { nameOf }: WatchContext,
  times: Times,
  now: number,
): unknown {
  const follows = one.follows.map((following) => shownFollowing(following, times, now));
  const seconds = follows.flatMap(({ lagSeconds }) => lagSeconds ?? []);
  return {
    id: one.id,
    kind: one.kind,
    ledger: one.ledger,
    address: one.address,
    key: keyOf(one.key, nameOf),
    agent: one.agent ?? null,
    since: timeOf(one.since),
    follows,
    followed: one.followed,
    lagEvents: follows[0]?.lagEvents ?? 0,
    lagSeconds: seconds.length === 0 && follows.length > 0 ? null : Math.max(0, ...seconds),
    unacknowledged: one.unacknowledged ?? null,
    bufferedBytes: one.buffered,
    messages: one.messages,
    bytes: one.bytes,
    messagesPerSecond: rounded(one.messagesPerSecond),
    bytesPerSecond: rounded(one.bytesPerSecond),
  };
}

function shownFollowing(following: Following, times: Times, now: number) {
  const { chain, filter, offset, next, unacknowledged } = following;
  const lagEvents = lagOf(following);
  const time = following.time ?? times.get(placeOf(following));
  const late = time === undefined ? null : Math.max(0, now - time) / 1_000;
  return {
    chain: cutText(chain),
    filter: filter ?? null,
    offset,
    next,
    lagEvents,
    lagSeconds: lagEvents === 0 ? 0 : late,
    unacknowledged: unacknowledged ?? null,
  };
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100;
}
