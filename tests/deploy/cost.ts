/**
 * Prints what an app costs on the platform, in units of its database: counts small loads by the
 * proxy, and multiplies. Run by `deno run --allow-all --config tests/deno.json tests/deploy/cost.ts`,
 * with `denokv` on the path or in LEDGER_TEST_DENOKV. The figures of the server's page are from it.
 */
import { findDenokv } from "../support/denokv.ts";
import type { KvCounts, KvProxy } from "../support/kv_proxy.ts";
import { until } from "../support/until.ts";
import { KEYED, type Platform, type PlatformOptions, withPlatform } from "./platform.ts";

/** Seconds for which what happens by itself is counted. */
const REST_SECONDS = 20;

/** Milliseconds in which listening for other chains than before comes to rest. */
const SETTLED_MS = 6_000;

/** Events that are appended one after the other, each in a request of its own. */
const EVENTS = 100;

/** What was counted: units read and written, and keys that watches told of. */
interface Units {
  readonly read: number;
  readonly told: number;
  readonly write: number;
}

async function counted(database: KvProxy, what: () => Promise<unknown>): Promise<Units> {
  const before = database.counts;
  await what();
  const after = database.counts;
  const of = (name: keyof KvCounts) => after[name] - before[name];
  return { read: of("readUnits"), told: of("keysTold"), write: of("writeUnits") };
}

async function send(platform: Platform, method: string, path: string, body?: string) {
  const answer = await fetch(platform.origin + path, {
    method,
    headers: { ...KEYED, "content-type": "application/json" },
    body: body ?? null,
  });
  await answer.body?.cancel();
  if (!answer.ok && answer.status !== 404) throw new Error(`${path}: ${answer.status}`);
}

const EVENT = JSON.stringify({ text: "x".repeat(200) });

async function append(platform: Platform, streams: number): Promise<void> {
  for (let at = 0; at < EVENTS; at++) {
    await send(platform, "POST", `/v1/stream/s${at % streams}`, EVENT);
  }
}

/** All of them in ten requests. */
async function appendTogether(platform: Platform): Promise<void> {
  const body = `[${Array.from({ length: EVENTS / 10 }, () => EVENT).join()}]`;
  for (let at = 0; at < 10; at++) await send(platform, "POST", "/v1/stream/s0", body);
}

async function appendBlocks(platform: Platform): Promise<void> {
  const event = JSON.stringify({ entity_id: "e", event_type: "made", details: { at: 1 } });
  for (let at = 0; at < EVENTS; at++) {
    await send(platform, "POST", "/hierachain/api/ledger/chains/costs/events", event);
  }
}

/** Event streams that have caught up; what is returned ends them. */
async function follow(platform: Platform, streams: number, each: number): Promise<() => void> {
  const ending = new AbortController();
  const open = Array.from({ length: streams * each }, async (_, at) => {
    const answer = await fetch(
      `${platform.origin}/v1/stream/s${at % streams}?offset=now&live=sse`,
      {
        headers: KEYED,
        signal: ending.signal,
      },
    );
    const reader = answer.body?.getReader();
    await reader?.read();
    void (async () => {
      while ((await reader?.read())?.done === false);
    })().catch(() => {});
  });
  await Promise.all(open);
  // What it takes to begin, and what those before have left behind.
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  return () => ending.abort();
}

async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1_000));
}

function say(what: string, { read, told, write }: Units, divisor: number, unit: string): void {
  const text = [read, told, write].map((count) => (count / divisor).toFixed(2).padStart(8));
  Deno.stdout.writeSync(
    new TextEncoder().encode(`${what.padEnd(52)} ${text.join(" ")} a ${unit}\n`),
  );
}

async function withApp(
  options: PlatformOptions,
  body: (platform: Platform) => Promise<void>,
): Promise<void> {
  const program = findDenokv();
  if (program === undefined) throw new Error("no denokv");
  await withPlatform(program, options, body);
}

async function started(platform: Platform): Promise<void> {
  const running = platform.started.slice(-1);
  await until("all have started", () => {
    return running.every(({ lines }) => lines.some(({ msg }) => msg === "ready"));
  });
}

Deno.stdout.writeSync(new TextEncoder().encode("units read, keys told, and units written:\n"));
await withApp({}, async (platform) => {
  const { database } = platform;
  await send(platform, "PUT", "/v1/stream/s0");
  await send(platform, "POST", "/hierachain/api/ledger/chains/costs/create");
  await started(platform);
  for (let at = 1; at < 20; at++) await send(platform, "PUT", `/v1/stream/s${at}`);
  await append(platform, 1);
  const stopped = await counted(database, () => platform.sleep());
  say("a stop", stopped, 1, "stop");
  const woken = await counted(database, async () => {
    await send(platform, "GET", "/livez");
    await started(platform);
  });
  say("a start", woken, 1, "start");
  await rest();
  say("an instance without clients", await counted(database, rest), REST_SECONDS, "second");
  say("events of a stream", await counted(database, () => append(platform, 1)), EVENTS, "event");
  const together = await counted(database, () => appendTogether(platform));
  say("events of a stream, 10 in a request", together, EVENTS, "event");
  say(
    "events of HieraChain",
    await counted(database, () => appendBlocks(platform)),
    EVENTS,
    "event",
  );
  for (const each of [1, 10, 100]) {
    const leave = await follow(platform, 1, each);
    say(
      `${each} followers of one chain, nothing happens`,
      await counted(database, rest),
      REST_SECONDS,
      "second",
    );
    const events = await counted(database, () => append(platform, 1));
    say(`${each} followers of one chain, all of it`, events, EVENTS, "event");
    leave();
  }
  for (const streams of [5, 20]) {
    const leave = await follow(platform, streams, 10);
    say(
      `${streams} chains, 10 followers each, nothing happens`,
      await counted(database, rest),
      REST_SECONDS,
      "second",
    );
    const events = await counted(database, () => append(platform, streams));
    say(`${streams} chains, 10 followers each, all of it`, events, EVENTS, "event");
    leave();
  }
});
await withApp({ instances: 2 }, async (platform) => {
  await send(platform, "PUT", "/v1/stream/s0");
  await send(platform, "GET", "/v1/stream/s0");
  const leave = await follow(platform, 1, 20);
  const events = await counted(platform.database, () => append(platform, 1));
  say("20 followers of one chain on two instances, all of it", events, EVENTS, "event");
  leave();
});
