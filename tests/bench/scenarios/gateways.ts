import { z } from "zod";
import { writeSpacedAsciiJson } from "../../../src/python/json_write.ts";
import { readFrames } from "../../../src/remote/ledgerline/frames.ts";
import { Person } from "../../ledgers/shared_bigchaindb/builder.ts";
import { FAMILY } from "../../ledgers/shared_bigchaindb/followed.ts";
import { until } from "../../support/until.ts";
import { batchRequest, post } from "../events.ts";
import { median, quantile } from "../pairs.ts";
import { createChain, delay, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import { closedLoop } from "../raw_http.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row } from "../table.ts";

/** Clients that post to the node at once. */
const POSTERS = 16;

/** What is posted a second while the lag is taken. */
const PER_SECOND = 50;

/** A node, and what its clients send. */
interface Followed {
  readonly ledger: string;
  /** The chain's name, here and there. */
  readonly chain: string;
  /** So many requests, each other than all before. */
  requests(count: number): readonly Uint8Array[];
  /** Where they are sent to. */
  readonly port: (node: ServerProcess) => number;
  begin?(node: ServerProcess): Promise<void>;
}

const summary = z.looseObject({ events: z.number() });

function ledgers(): Followed[] {
  let n = 0;
  const by = new Person("bench");
  const family = FAMILY.map((each): Followed => ({
    ledger: each.name,
    chain: `${each.name}/chain`,
    requests: (count) =>
      Array.from({ length: count }, () => {
        const text = writeSpacedAsciiJson(each.create(by, `bench-${n++}`));
        return post(`/${each.name}/api/v1/transactions?mode=commit`, text);
      }),
    port: ({ main }) => main,
  }));
  return [...family, {
    ledger: "hierachain",
    chain: "hierachain/bench",
    requests: (count) => Array.from({ length: count }, () => batchRequest("bench", n++, 10)),
    port: ({ port }) => port,
    begin: (node) => createChain(node, "bench"),
  }];
}

/**
 * What is taken of a node that has a history, a second, beside what the node makes a second for its
 * clients; and how much later what it makes is in the log of what follows it.
 */
export const gateways: Scenario = {
  name: "gateways",
  async run({ pairs, quick }): Promise<Row[]> {
    const rows: Row[] = [];
    for (const followed of ledgers()) {
      rows.push(await rowOf(followed, quick ? 1 : pairs, quick ? 100 : 2_000, quick ? 1 : 10));
    }
    return rows;
  },
};

function rowOf(followed: Followed, pairs: number, count: number, seconds: number): Promise<Row> {
  const { ledger, chain } = followed;
  return withFolder(async (folder) => {
    const node = await startOurs(folder);
    try {
      await followed.begin?.(node);
      const made: number[] = [];
      const taken: number[] = [];
      const lags: number[] = [];
      for (let pair = 0; pair < pairs; pair++) {
        const requests = followed.requests(Math.ceil(count / pairs));
        const [before, begun] = [await nextOf(node, chain), performance.now()];
        await closedLoop(followed.port(node), POSTERS, requests, { requests: requests.length });
        const ms = performance.now() - begun;
        // What waits for a block is in one soon.
        await until("the node is at rest", () => isAtRest(node, chain));
        const next = await nextOf(node, chain);
        made.push((next - before) * 1_000 / ms);
        const store = `${folder}/gateway-${pair}`;
        await Deno.mkdir(store);
        const base = `http://127.0.0.1:${node.main}/${ledger}`;
        const gateway = await startOurs(store, [`--${ledger}-follow=${base}`]);
        try {
          taken.push(await takenBy(gateway, chain, next));
          lags.push(...await lagsOf(followed, node, gateway, seconds));
        } finally {
          await gateway.stop();
        }
      }
      const each = taken.map((one, at) => one / (made[at] ?? NaN));
      const ms = (share: number) => `${rounded(quantile(lags, share))} ms`;
      return {
        scenario: `gateway-${ledger}`,
        ours: rate(median(taken)),
        ceiling: rate(median(made)),
        ratio: median(each),
        each,
        target: { is: "at least", value: 1 },
        note: `events of a node that are taken, beside what it makes for ${POSTERS} clients; ` +
          `later than there: p50 ${ms(0.5)}, p99 ${ms(0.99)} at ${PER_SECOND} requests/s`,
      };
    } finally {
      await node.stop();
    }
  });
}

async function nextOf({ main }: ServerProcess, chain: string): Promise<number> {
  const url = `http://127.0.0.1:${main}/v1/chains/${encodeURIComponent(chain)}`;
  const answer = await fetch(url);
  const text = await answer.text();
  return answer.ok ? summary.parse(JSON.parse(text)).events : 0;
}

async function isAtRest(node: ServerProcess, chain: string): Promise<boolean> {
  const before = await nextOf(node, chain);
  await delay(2_500);
  return await nextOf(node, chain) === before;
}

/** Events a second, from what is here at the first look until all of them are. */
async function takenBy(gateway: ServerProcess, chain: string, all: number): Promise<number> {
  const [first, begun] = [await nextOf(gateway, chain), performance.now()];
  await until("all of it is taken", async () => {
    await delay(5);
    return await nextOf(gateway, chain) >= all;
  });
  return (all - first) * 1_000 / (performance.now() - begun);
}

/** Milliseconds by which commits come later here than there, while there is little to do. */
async function lagsOf(
  followed: Followed,
  node: ServerProcess,
  gateway: ServerProcess,
  seconds: number,
): Promise<number[]> {
  const left = new AbortController();
  const [there, here] = [new Ends(), new Ends()];
  for (const [ends, server] of [[there, node], [here, gateway]] as const) {
    // It ends with the abort, or with the server; what is missing is missed below.
    ends.hear(server, followed.chain, left.signal).catch(() => {});
  }
  try {
    const requests = followed.requests(seconds * PER_SECOND);
    for (const request of requests) {
      const sent = closedLoop(followed.port(node), 1, [request], { requests: 1 });
      await Promise.all([sent, delay(1_000 / PER_SECOND)]);
    }
    const last = there.last;
    await until("the last has come", () => here.last >= last);
  } finally {
    left.abort();
  }
  return here.ends.flatMap(([next, at]) => {
    const made = there.ends.find(([end]) => end >= next);
    return made === undefined ? [] : [Math.max(0, at - made[1])];
  });
}

/** Where a chain ended, and when that was heard of. */
class Ends {
  readonly ends: [next: number, at: number][] = [];

  get last(): number {
    return this.ends.at(-1)?.[0] ?? 0;
  }

  async hear({ main }: ServerProcess, chain: string, signal: AbortSignal): Promise<void> {
    const url = `http://127.0.0.1:${main}/v1/records?chain=${encodeURIComponent(chain)}`;
    const { body } = await fetch(url, { signal });
    for await (const { head } of readFrames(body ?? ReadableStream.from([]))) {
      if (head.kind === "commit") this.ends.push([head.next, performance.now()]);
    }
  }
}
