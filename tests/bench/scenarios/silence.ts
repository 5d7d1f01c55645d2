import { findDenokv, startDenokv } from "../../support/denokv.ts";
import { KvProxy } from "../../support/kv_proxy.ts";
import { delay, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

/** Chains that are followed, and that a start finds. */
const MANY = 1_000;

/** Requests at a time. */
const AT_ONCE = 32;

/** Milliseconds from the store in the same region, and from another continent. */
const ROADS = [{ ms: 7, seconds: 2 }, { ms: 95, seconds: 5 }] as const;

/** What a store at the end of a road is asked, and how long a start takes over it. */
export const silence: Scenario = {
  name: "silence",
  run: ({ quick }): Promise<Row[]> =>
    withFolder(async (folder) => {
      const program = findDenokv();
      if (program === undefined) throw new Error("denokv is not installed");
      const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
      const proxy = new KvProxy(denokv.url);
      const many = quick ? 50 : MANY;
      try {
        const rows: Row[] = [];
        rows.push(...await starts(proxy, folder, 1));
        const server = await startAt(proxy, folder);
        try {
          rows.push(...await roundTrips(proxy, server));
          rows.push(...await idle(proxy, server, many, quick ? 2 : 20));
          await inTurn(many, (at) => send(server, "POST", `/hierachain${chainPath(at)}/create`));
          // Their blocks are closed.
          await delay(4_000);
        } finally {
          await server.stop();
        }
        rows.push(...await starts(proxy, folder, many));
        return rows;
      } finally {
        await proxy.stop();
        await denokv.stop();
      }
    }),
};

function startAt(proxy: KvProxy, folder: string): Promise<ServerProcess> {
  return startOurs(folder, [`--store=${proxy.url}`, "--hathor-mine=off"]);
}

async function starts(proxy: KvProxy, folder: string, chains: number): Promise<Row[]> {
  const rows: Row[] = [];
  // What the store has not, the first start makes.
  await (await startAt(proxy, folder)).stop();
  for (const { ms, seconds } of ROADS) {
    proxy.delayMs = ms;
    const before = proxy.counts;
    const began = performance.now();
    const server = await startAt(proxy, folder);
    const took = (performance.now() - began) / 1_000;
    const { calls } = proxy.counts;
    await delay(1_000);
    await server.stop();
    proxy.delayMs = 0;
    const after = proxy.counts;
    rows.push({
      scenario: `silence-start-${chains}-${ms}ms`,
      ours: `${rounded(took)} s`,
      ceiling: "",
      ratio: took,
      unit: " s",
      target: { is: "at most", value: seconds },
      note: `${calls - before.calls} calls until it listens, ${after.calls - calls} after it, ` +
        `${after.writes - before.writes} writes`,
    });
  }
  return rows;
}

async function roundTrips(proxy: KvProxy, server: ServerProcess): Promise<Row[]> {
  const rows: Row[] = [];
  const count = async (name: string, target: number, what: () => Promise<void>) => {
    const before = proxy.counts;
    await what();
    await delay(100);
    const { calls, readUnits, writeUnits } = proxy.counts;
    rows.push(rowOf(`silence-${name}`, calls - before.calls, target, {
      unit: " calls",
      note: `${readUnits - before.readUnits} read units, ${writeUnits - before.writeUnits} written`,
    }));
  };
  const path = "/v1/stream/trips";
  await count("first-append", 5, () => send(server, "PUT", path));
  await count("append", 1, () => send(server, "POST", path));
  await count("page", 2, () => send(server, "GET", `${path}?offset=-1`));
  await count("known-page", 1, () => send(server, "GET", `${path}?offset=-1`));
  return rows;
}

async function idle(
  proxy: KvProxy,
  server: ServerProcess,
  chains: number,
  seconds: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  const count = async (name: string, target: number) => {
    const before = proxy.counts;
    await delay(seconds * 1_000);
    const { calls, readUnits, keysTold } = proxy.counts;
    const each = (after: number, from: number) => rounded((after - from) / seconds);
    rows.push(rowOf(`silence-${name}`, (calls - before.calls) / seconds, target, {
      unit: " calls/s",
      note: `${each(readUnits, before.readUnits)} read units/s, ` +
        `${each(keysTold, before.keysTold)} told by ${proxy.watching} watches`,
    }));
  };
  await inTurn(chains, (at) => send(server, "PUT", `/v1/stream/s${at}`));
  await delay(2_000);
  await count("idle", 0.1);
  const followed: ReadableStreamDefaultReader<Uint8Array>[] = [];
  await inTurn(chains, async (at) => {
    const url = `http://127.0.0.1:${server.main}/v1/stream/s${at}?offset=-1&live=sse`;
    const { body } = await fetch(url);
    const reader = body?.getReader();
    if (reader === undefined) return;
    followed.push(reader);
    // What it is told at once.
    await reader.read();
  });
  await delay(2_000);
  await count(`followed-${chains}`, 1);
  await Promise.all(followed.map((reader) => reader.cancel()));
  await delay(10_000);
  await count("after-they-left", 0.1);
  return rows;
}

function rowOf(
  scenario: string,
  ratio: number,
  value: number,
  { unit, note }: { readonly unit: string; readonly note: string },
): Row {
  const ours = `${rounded(ratio)}${unit}`;
  return { scenario, ours, ceiling: "", ratio, unit, target: { is: "at most", value }, note };
}

async function inTurn(count: number, what: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await what(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

function chainPath(at: number): string {
  return `/api/ledger/chains/c${at}`;
}

async function send({ main }: ServerProcess, method: string, path: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${main}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: method === "POST" && path.startsWith("/v1") ? '{"n":1}' : null,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
}
