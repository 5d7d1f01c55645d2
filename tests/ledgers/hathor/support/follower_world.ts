import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import type { Store } from "../../../../src/kv/store.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { hathorFollow } from "../../../../src/ledgers/hathor/follow/follow_part.ts";
import { openNode } from "../../../../src/ledgers/hathor/intake/node.ts";
import type { VertexTaker } from "../../../../src/ledgers/hathor/intake/intake.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { NodeQueries } from "../../../../src/ledgers/hathor/queries/node_queries.ts";
import { nodeEventText } from "../../../../src/ledgers/hathor/rows/node_event.ts";
import { Log } from "../../../../src/log/log.ts";
import type { FollowedRemote } from "../../../../src/remote/followed.ts";
import { RemoteServer } from "../../../../src/remote/remote_server.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import type { RequestEnv } from "../../../../src/web/ledger.ts";
import { until } from "../../../support/until.ts";
import { answerOverHttp } from "./test_node.ts";

/** Nothing is taken in where a node is followed. */
const noIntake = (network: Network): VertexTaker => ({
  network,
  whyNot: () => undefined,
  accept: () => Promise.reject(new Error("a follower takes nothing in")),
  submitBlock: () => Promise.reject(new Error("a follower takes nothing in")),
  pushTransaction: () => Promise.reject(new Error("a follower takes nothing in")),
});

/** What follows a node, on a store of its own, with what it answers. */
export class FollowerWorld {
  readonly log: Log;
  readonly queries: NodeQueries;
  readonly followed: FollowedRemote;
  readonly #app = new Hono<RequestEnv>();

  private constructor(log: Log, queries: NodeQueries, followed: FollowedRemote) {
    this.log = log;
    this.queries = queries;
    this.followed = followed;
    answerOverHttp(this.#app, queries, noIntake(queries.network));
  }

  /** @param origin of the node, whose API is under `/v1a` */
  static async open(
    network: Network,
    origin: string,
    store?: Store,
    clock: Clock = systemClock,
  ): Promise<FollowerWorld> {
    const log = new Log(store ?? await openStore(":memory:"), {
      projectionOf: chainProjection,
      clock,
    });
    return await FollowerWorld.#over(log, network, origin);
  }

  static async #over(log: Log, network: Network, origin: string): Promise<FollowerWorld> {
    const { clock } = log;
    const queries = new NodeQueries(await openNode({ log, clock, network, isFollowing: true }));
    const followed = await hathorFollow(() => Promise.resolve(network)).follow({
      log,
      clock,
      random: Math.random,
      server: new RemoteServer({ origin: `${origin}/v1a`, key: undefined }),
      settings: {},
    });
    return new FollowerWorld(log, queries, followed);
  }

  /** The same store as another's, followed anew: what its process is once it is started again. */
  static async of({ log, queries: { network } }: FollowerWorld, origin: string) {
    return await FollowerWorld.#over(log, network, origin);
  }

  /** Follows until it has so many events. */
  async reach(next: number, { despite }: { readonly despite?: string | undefined } = {}) {
    await until(`event ${next - 1} is here`, async () => {
      const { state, code, message, refusedLines } = this.followed.report;
      const isWrong = code === "remote_invalid" && code !== despite;
      const isOver = state === "stopped" || isWrong || refusedLines.size > 0;
      if (isOver) throw new Error(`${code}: ${message} ${[...refusedLines]}`);
      return await this.queries.nextEventId() >= next;
    });
  }

  /** Its events as clients are told them. */
  eventTexts(): Promise<string[]> {
    return eventTextsOf(this.queries);
  }

  /** What it answers to a GET. */
  async get(path: string): Promise<string> {
    const request = new Request(`http://localhost${path}`);
    const response = await this.#app.fetch(request, { remoteAddress: "127.0.0.1" });
    return await response.text();
  }

  async close(): Promise<void> {
    await this.followed.stop();
    await this.log.close();
    this.log.store.close();
  }
}

/** The events of a node as clients are told them. */
export async function eventTextsOf(queries: NodeQueries): Promise<string[]> {
  const texts: string[] = [];
  for (let from = 0;;) {
    const events = await queries.chain.read(from, 1_000);
    if (events.length === 0) return texts;
    for (const event of events) texts.push(nodeEventText(await queries.nodeEvent(event)));
    from += events.length;
  }
}

/**
 * A text of JSON without accumulated works: a node adds them up anew where it decides, and tells of it
 * only when it tells something else of the vertex.
 */
export function withoutWork(text: string): string {
  return text.replaceAll(/"(?:accumulatedWork|accumulated_weight(?:_raw)?)":("\d+"|[\d.]+)/g, "");
}

/** Rows that are made otherwise of a node that is followed: what it decides by, and works for itself. */
const OWN_ROWS = new Set(["network"]);

/** All rows of a node, by their keys. */
export async function rowsOf({ chain }: NodeQueries): Promise<Map<string, string>> {
  const rows = await chain.rows([], 1_000_000);
  return new Map(
    rows.filter(({ key }) => !OWN_ROWS.has(String(key[0])))
      .map(({ key, value }) => [JSON.stringify(key), withoutWork(JSON.stringify(value))]),
  );
}

/** The row of a vertex whose bytes its node has not told. */
const PARTIAL = '"isPartial":true';

/** Holds one follower's rows to those of its node. Returns how many vertices it has not been told. */
export async function assertSameRows(here: NodeQueries, there: NodeQueries): Promise<number> {
  const [ours, theirs] = await Promise.all([rowsOf(here), rowsOf(there)]);
  const untold = [...ours].filter(([, value]) => value.includes(PARTIAL)).map(([key]) => key);
  const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter((key) =>
    ours.get(key) !== theirs.get(key) && !untold.includes(key)
  );
  const shown = (rows: Map<string, string>) =>
    differing.slice(0, 3).map((key) => `${key} ${rows.get(key)}`);
  assertEquals(shown(ours), shown(theirs));
  return untold.length;
}
