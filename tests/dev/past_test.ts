import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { startLedgerline } from "../../main.ts";
import type { Ledgerline } from "../../src/dev/start.ts";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { rewindAll } from "../../src/log/rewinding.ts";
import { chainProjection } from "../../src/server/projections.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { runWell } from "../support/command_line.ts";
import { SteppedClock } from "../support/fake_clock.ts";
import { findDenokv, NO_DENOKV, startDenokv } from "../support/denokv.ts";
import { startNode } from "../support/dev_node.ts";
import { removeFolder } from "../support/folder.ts";
import { testUnlessMissing } from "../support/missing.ts";
import { rawRequest } from "../support/raw_http.ts";
import { withFolder } from "../support/server.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { onEveryThread } from "../support/threads/in_threads.ts";
import { until, within } from "../support/until.ts";
import { addressesOf, everyAnswer, Made, traffic } from "./everything.ts";

const OFF = { "hathor-mine": "off" };

const nothing = () => Promise.resolve();

/** A server whose clock stands still at the beginning of 2030. */
async function frozen(settings: Readonly<Record<string, string>>): Promise<Ledgerline> {
  const node = await startNode(settings);
  await node.dev("clock", { set: "2030-01-01T00:00:00Z", isFrozen: true });
  return node;
}

/** Where a server keeps its data, and how that is removed. */
interface Place {
  readonly store: string;
  /** How many threads have the connections. */
  readonly threads?: string;
  readonly remove: () => Promise<void>;
}

async function folderPlace(): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "ledgerline-test-" });
  return { store: `${folder}/l.db`, remove: () => removeFolder(folder) };
}

const denokv = findDenokv();

const PLACES: readonly (readonly [string, (() => Promise<Place>) | undefined])[] = [
  ["memory", () => Promise.resolve({ store: ":memory:", remove: nothing })],
  ["file", folderPlace],
  ["two threads", async () => ({ ...await folderPlace(), threads: "2" })],
  ["threads", async () => ({ ...await folderPlace(), threads: "3" })],
  [
    "denokv",
    denokv === undefined ? undefined : async () => {
      const { store, remove } = await folderPlace();
      const server = await startDenokv(denokv, store);
      return { store: server.url, remove: () => server.stop().then(remove) };
    },
  ],
];

const documented = z.object({ paths: z.record(z.string(), z.unknown()) });
const snapshotAnswer = z.object({ id: z.int(), name: z.string(), chains: z.int() });
const snapshotsAnswer = z.object({ snapshots: z.array(snapshotAnswer) });
const rewoundAnswer = z.object({ chains: z.record(z.string(), z.int()) });

async function takeSnapshot(node: Ledgerline, name = ""): Promise<number> {
  return snapshotAnswer.parse(await node.dev("snapshots", { name })).id;
}

async function goBack(node: Ledgerline, what: string, to: object = {}) {
  return rewoundAnswer.parse(await node.dev(what, to)).chains;
}

async function assertAllWhole(node: Ledgerline): Promise<void> {
  const text = await (await fetch(`${node.url}/v1/chains`)).text();
  for (const line of text.trim().split("\n")) {
    const { chain } = z.object({ chain: z.string() }).parse(JSON.parse(line));
    const url = `${node.url}/v1/chains/${encodeURIComponent(chain)}`;
    for (const what of ["verify", "rebuild"]) {
      const text = await (await fetch(`${url}/${what}`, { method: "POST" })).text();
      assertEquals(/"(?:ok":true|difference":null|events":\d+)/.test(text), true, text);
    }
  }
}

for (const [kind, makePlace] of PLACES) {
  const missing = makePlace === undefined ? NO_DENOKV : undefined;
  const sentence =
    "after any traffic, what is asked after going back is answered as at the snapshot";
  testUnlessMissing(`${kind}: ${sentence}`, missing, async () => {
    const { remove, ...where } = await makePlace?.() ?? { store: ":memory:", remove: nothing };
    try {
      await assertGoesBack(where);
    } finally {
      await remove();
    }
  });
}

async function assertGoesBack(where: Omit<Place, "remove">): Promise<void> {
  await using node = await startNode({ ...OFF, ...where });
  await node.dev("clock", { isFrozen: true });
  const made = new Made();
  await traffic(node, made, { seed: 1, steps: 30 });
  const before = await everyAnswer(node, made);
  const id = await takeSnapshot(node, "before");
  assertEquals(await everyAnswer(node, made), before);
  for (const seed of [2, 3]) {
    const more: Made = Object.assign(new Made(), structuredClone({ ...made }));
    await traffic(node, more, { seed, steps: 25 });
    assertNotEquals(await everyAnswer(node, made), before);
    const moved = await goBack(node, "revert", { id });
    assert("hathor/privatenet" in moved);
    assertEquals(await everyAnswer(node, made), before);
  }
  // It goes on from there.
  await traffic(node, made, { seed: 4, steps: 15 });
  await assertAllWhole(node);
  // Rows that were made anew are not those which were kept: they are made of the log.
  await goBack(node, "revert", { id });
  await goBack(node, "reset");
  await assertAllWhole(node);
  assertEquals(await node.dev("snapshots"), { snapshots: [] });
  await traffic(node, new Made(), { seed: 5, steps: 15 });
  await assertAllWhole(node);
}

Deno.test("those who follow hear that a life is over, and come back to what is there", async () => {
  await using node = await startNode(OFF);
  const stream = (name: string) => `${node.url}/v1/stream/${name}`;
  const headers = { "content-type": "application/json" };
  const send = async (name: string, method: string, body: string) => {
    const response = await fetch(stream(name), { method, headers, body });
    await response.body?.cancel();
    return response.headers.get("stream-next-offset") ?? "";
  };
  await send("s", "PUT", "[1,2]");
  await send("still", "PUT", "[1]");
  const kept = await send("s", "POST", "[3]");
  const id = await takeSnapshot(node);
  const lost = await send("s", "POST", "[4]");
  const { hathor = "", bigchaindb = "", hierachain = "" } = node.urls;
  const events = await ClientSocket.open(hathor, "/v1a/event_ws");
  events.send({ type: "START_STREAM", window_size: 100 });
  const [first] = await events.count("EVENT", 1);
  await node.dev("mine", {});
  const sockets = {
    s: await streamSocket(node.url, "s"),
    still: await streamSocket(node.url, "still"),
    wallets: await ClientSocket.open(hathor, "/v1a/ws/"),
    transactions: await ClientSocket.open(bigchaindb, "/api/v1/streams/valid_transactions"),
    chains: await ClientSocket.open(hierachain),
    events,
  };
  const told = await fetch(`${stream("s")}?offset=-1&live=sse`);
  const sse = told.body?.getReader();
  await sse?.read();
  const poll = fetch(`${stream("s")}?offset=${lost}&live=long-poll`);
  await caughtUp(sockets.s);
  await caughtUp(sockets.still);
  await goBack(node, "revert", { id });
  const ends: Record<string, number> = {};
  for (const [name, socket] of Object.entries(sockets)) {
    ends[name] = (await within(`${name} is told`, socket.closed)).code;
  }
  while (sse !== undefined && !(await within("events end", sse.read())).done);
  await (await within("the poll ends", poll)).body?.cancel();
  // Where a chain is another, a place in it is of no use any more.
  assertEquals([ends.s, ends.events, ends.still], [4007, 4007, 1001]);
  for (const name of ["wallets", "transactions", "chains"]) {
    assert([4007, 1001, 1013].includes(ends[name] ?? 0), `${name} ${ends[name]}`);
  }

  const status = async (offset: string) => {
    const response = await fetch(`${stream("s")}?offset=${offset}`);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await status(kept), await status(lost)], [200, 410]);
  await send("s", "POST", "[5]");
  assertEquals(await status(lost), 410);
  const again = await streamSocket(node.url, "s");
  await caughtUp(again);
  assertEquals(dataOf(again), [1, 2, 3, 5]);
  await again.close();
  const anew = await ClientSocket.open(hathor, "/v1a/event_ws");
  anew.send({ type: "START_STREAM", window_size: 100 });
  const [event] = await anew.count("EVENT", 1);
  assertNotEquals(event.stream_id, first.stream_id);
  await anew.close();
});

Deno.test("snapshots are there after a restart, and chains go back to them", async () => {
  await withFolder(async (folder) => {
    const settings = { ...OFF, store: `${folder}/l.db` };
    const made = new Made();
    let before: unknown;
    let id = 0;
    {
      await using node = await frozen(settings);
      await traffic(node, made, { seed: 7, steps: 12 });
      await node.stop();
    }
    {
      await using node = await frozen(settings);
      before = strippedOf(await everyAnswer(node, made));
      id = await takeSnapshot(node, "kept");
      await traffic(node, new Made(), { seed: 8, steps: 12 });
    }
    await using node = await frozen(settings);
    const { snapshots } = snapshotsAnswer.parse(await node.dev("snapshots"));
    assertEquals(snapshots.map(({ id, name }) => [id, name]), [[id, "kept"]]);
    await goBack(node, "revert", { id });
    assertEquals(strippedOf(await everyAnswer(node, made)), before);
    await assertAllWhole(node);
  });
});

Deno.test("chains that a program was killed in taking back are taken back at the next start", async () => {
  await withFolder(async (folder) => {
    const settings = { ...OFF, store: `${folder}/l.db` };
    // From the start: by a clock that is behind, a block of HieraChain is closed after a second.
    const frozenStart = () =>
      startLedgerline({ settings, clock: new SteppedClock(Date.UTC(2030, 0, 1)) });
    const made = new Made();
    let before: unknown;
    let id = 0;
    {
      await using node = await frozenStart();
      await traffic(node, made, { seed: 21, steps: 15 });
      id = await takeSnapshot(node);
      before = strippedOf(await everyAnswer(node, made));
      await traffic(node, new Made(), { seed: 22, steps: 15 });
    }
    const store = await openStore(settings.store);
    const log = new Log(store, { projectionOf: chainProjection });
    const some = (chain: string) => chain > "hathor" && chain < "planetmint";
    assert((await rewindAll(log, some, { snapshot: id })).size > 0);
    await log.close();
    store.close();
    await using node = await frozenStart();
    assertEquals(strippedOf(await everyAnswer(node, made)), before);
    await assertAllWhole(node);
  });
});

/** Without what a server says of itself, which began at another time. */
function strippedOf(answers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answers).map(([url, text]) => [
      new URL(url).pathname + new URL(url).search,
      text.replaceAll(/127\.0\.0\.1:\d+/g, "…").replaceAll(/"uptime":[0-9.]+/g, ""),
    ]).filter(([path]) => !path?.endsWith("/status") && !path?.endsWith("/getmininginfo")),
  );
}

Deno.test("a chain goes back to an offset, all to a moment, and those alone that are told", async () => {
  await using node = await frozen(OFF);
  const [address = ""] = await addressesOf(node, "bigchaindb");
  const give = () => node.dev("faucet", { ledger: "bigchaindb", address });
  const outputs = async () => {
    const response = await fetch(`${node.urls.bigchaindb}/api/v1/outputs?public_key=${address}`);
    return z.array(z.unknown()).parse(await response.json()).length;
  };
  for (let second = 1; second <= 4; second++) {
    await node.dev("clock", { set: `2030-01-01T00:00:0${second}Z` });
    await give();
    await node.dev("mine", {});
  }
  // Two to begin with, then two of each block.
  assertEquals(await goBack(node, "fork", { chain: "bigchaindb/chain", offset: 8 }), {
    "bigchaindb/chain": 8,
  });
  assertEquals(await outputs(), 3);
  const moved = await goBack(node, "fork", { at: "2030-01-01T00:00:02Z" });
  assertEquals(Object.keys(moved).sort(), ["bigchaindb/chain", "hathor/privatenet"]);
  assertEquals(await outputs(), 1);
  await give();
  assertEquals(await outputs(), 2);
  await assertAllWhole(node);
  // What a fork reads of a stream stays as it is.
  const stream = (name: string) => `${node.url}/v1/stream/${name}`;
  const init = { method: "PUT", headers: { "content-type": "application/json" }, body: "[1,2]" };
  for (
    const [name, more] of [["s", {}], ["f", { "stream-forked-from": "/v1/stream/s" }]] as const
  ) {
    const headers = { ...init.headers, ...more };
    const body = name === "s" ? init.body : "[]";
    const response = await fetch(stream(name), { ...init, headers, body });
    assertEquals(response.status, 201, await response.text());
  }
  await assertRejects(() => node.dev("fork", { chain: "streams/s", offset: 1 }), Error, "409");
  assertEquals(await goBack(node, "fork", { chain: "streams/f", offset: 0 }), { "streams/f": 0 });
  for (
    const [what, body, status] of [
      ["fork", { chain: "none", offset: 1 }, "404"],
      ["fork", {}, "422"],
      ["revert", { id: 77 }, "404"],
      ["revert", {}, "422"],
      ["snapshots", { bogus: 1 }, "422"],
    ] as const
  ) {
    await assertRejects(() => node.dev(what, body), Error, status);
  }
});

Deno.test("what was told to mine, or not to, is told to what begins anew, and keys stay as they are", async () => {
  const settings = { dev: "on", "api-keys": "a-key-of-the-settings" };
  await using node = await startNode(settings);
  const headers = { "x-api-key": settings["api-keys"], "content-type": "application/json" };
  const ask = async (what: string, body: object = {}, path = "/v1/dev/") => {
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${node.url}${path}${what}`, init);
    const text = await response.text();
    assert(response.ok, `${what} ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await ask("mining", { pace: "off" });
  const { id } = await ask("snapshots");
  const made = await ask("keys", { name: "k", scopes: ["read"], chains: ["*"] }, "/v1/");
  await ask("reset");
  const status = await fetch(`${node.urls.hathor}/v1a/status`, {
    headers: { "x-api-key": made.key },
  });
  const { dag } = z.object({ dag: z.object({ best_block: z.object({ height: z.int() }) }) })
    .parse(await status.json());
  // A miner at work would have made the block by which the genesis can be spent.
  assertEquals(dag.best_block.height, 0);
  const refused = await fetch(`${node.url}/v1/dev/revert`, {
    method: "POST",
    headers,
    body: JSON.stringify({ id }),
  });
  assertEquals(refused.status, 404, await refused.text());
});

Deno.test("requests that come while chains go back wait, and are answered by what is there then", async () => {
  await using node = await startNode(OFF);
  const made = new Made();
  await traffic(node, made, { seed: 11, steps: 10 });
  const id = await takeSnapshot(node);
  const [address = ""] = await addressesOf(node, "bigchaindb");
  const asked = Array.from({ length: 12 }, async (_, at) => {
    if (at % 4 === 1) await goBack(node, "revert", { id });
    else await node.dev("faucet", { ledger: "bigchaindb", address });
  });
  await Promise.all(asked);
  await assertAllWhole(node);
});

Deno.test("the command line takes snapshots and goes back", async () => {
  await using node = await startNode(OFF);
  const run = async (...words: string[]) =>
    JSON.parse(await runWell(["dev", ...words, `--url=${node.url}`]));
  assertEquals((await run("snapshots", '{"name":"a"}')).id, 1);
  await run("mine");
  assertEquals(await run("revert", '{"id":1}'), { chains: { "hathor/privatenet": 5 } });
  assertEquals((await run("snapshots")).snapshots.length, 1);
  assertEquals(await run("snapshots/1", "--delete"), { id: 1 });
  assertEquals(Object.keys((await run("reset")).chains).length > 3, true);
});

Deno.test("after a snapshot reads wait for what comes as they did before it", async () => {
  await using node = await startNode({ ...OFF, "streams-long-poll-seconds": "60" });
  const stream = `${node.url}/v1/stream/s`;
  const headers = { "content-type": "application/json" };
  const made = await fetch(stream, { method: "PUT", headers });
  await made.body?.cancel();
  await takeSnapshot(node);
  const end = made.headers.get("stream-next-offset");
  const waiting = fetch(`${stream}?offset=${end}&live=long-poll`).then((answer) => answer.text());
  await until("it waits", async () => {
    const answer = await fetch(`${node.url}/v1/connections`);
    return (await answer.text()).includes("long-poll");
  });
  await (await fetch(stream, { method: "POST", headers, body: "7" })).body?.cancel();
  assertEquals(await within("the news", waiting), "[7]");
});

Deno.test("with threads the mode is on all of them: its clock, faults, cuts, and what was", async () => {
  await withFolder(async (folder) => {
    const settings = { ...OFF, store: `${folder}/l.db`, threads: "3" };
    await using node = await startNode(settings);
    const stream = `${node.url}/v1/stream/s`;
    const headers = { "content-type": "application/json" };
    await (await fetch(stream, { method: "PUT", headers, body: "[1]" })).body?.cancel();
    const path = "/v1/stream/s?offset=-1";
    const onAll = () => onEveryThread(() => rawRequest(node.url, "GET", path));
    const documents = await onEveryThread(() => rawRequest(node.url, "GET", "/openapi.json"));
    const pathsOf = ({ body }: { body: string }) => documented.parse(JSON.parse(body)).paths;
    assertEquals(documents.filter((each) => "/v1/dev/clock" in pathsOf(each)), documents);
    await node.dev("faults", { ledger: "streams", status: 503, times: 5 });
    const statuses = (await onAll()).map(({ status }) => status);
    assertEquals(statuses.filter((status) => status === 503).length, 5);
    assertEquals(await node.dev("faults"), { faults: [] });
    // A stream that expires by the mode's clock is over on whichever thread.
    const short = { ...headers, "stream-ttl": "600" };
    await (await fetch(`${stream}hort`, { method: "PUT", headers: short })).body?.cancel();
    const { id } = snapshotAnswer.parse(await node.dev("snapshots", {}));
    await node.dev("clock", { advanceMs: 700_000 });
    const expired = await onEveryThread(() =>
      rawRequest(node.url, "GET", `${path.replace("s?", "short?")}`)
    );
    assertEquals(new Set(expired.map(({ status }) => status)), new Set([404]));
    await node.dev("clock", { set: new Date().toISOString() });
    await (await fetch(stream, { method: "POST", headers, body: "2" })).body?.cancel();
    const sockets = await onEveryThread(() => streamSocket(node.url, "s"));
    for (const socket of sockets) await caughtUp(socket);
    await goBack(node, "revert", { id });
    for (const socket of sockets) {
      assertEquals((await within("its end", socket.closed)).code, 4007);
    }
    assertEquals(new Set((await onAll()).map(({ body }) => body)), new Set(["[1]"]));
    const others = await onEveryThread(() => streamSocket(node.url, "s"));
    const { connections } = z.object({ connections: z.int() }).parse(await node.dev("cut", {}));
    assertEquals(connections, others.length);
    for (const socket of others) await within("its end", socket.closed);
  });
});
