import {
  createChain,
  delay,
  type ServerProcess,
  startOurs,
  withFolder,
  withServers,
} from "../processes.ts";
import { request } from "../events.ts";
import type { Options } from "../options.ts";
import { HttpConnection } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import type { Scenario } from "../scenario.ts";
import { fill, fromEarliest, subscribed } from "../streams.ts";
import { rounded, type Row } from "../table.ts";

const IDLE_CLIENTS = 10_000;
/** Files that this process needs beside one for each client. */
const OTHER_FILES = 200;
const STALLED_CLIENTS = 50;
/** Bytes of a message, about: how many events make so many bytes of log. */
const MESSAGE_BYTES = 600;

/** Resident memory for each client that hears of something while nothing happens. */
function idle(name: string, connect: (ours: ServerProcess, count: number) => Promise<Crowd>) {
  return {
    name,
    run: ({ quick }: Options): Promise<Row[]> =>
      withServers(async (ours, bare) => {
        const clients = Math.min(quick ? 200 : IDLE_CLIENTS, await filesAllowed() - OTHER_FILES);
        const own = await growth("settled", ours, clients, async () => {
          const crowd = await connect(ours, clients);
          return () => crowd.close();
        });
        const least = await growth("settled", bare, clients, async () => {
          const crowd = await Crowd.connect(bare.port, clients, { bufferBytes: 1_024 });
          return () => crowd.close();
        });
        return [{
          scenario: name,
          ours: `${rounded(own / 1_024)} KB`,
          ceiling: `${rounded(least / 1_024)} KB`,
          ratio: own / 1_024,
          unit: " KB",
          target: { is: "at most", value: 25 },
          note: `${clients} clients${
            clients < IDLE_CLIENTS && !quick ? ": no more files are allowed" : ""
          }`,
        }];
      }),
  } satisfies Scenario;
}

export const idleMemory: readonly Scenario[] = [
  idle("idle-memory", async (ours, count) => {
    await createChain(ours, "bench");
    return await subscribed(ours, "bench", count, { bufferBytes: 1_024 });
  }),
  idle("idle-memory-streams", async (ours, count) => {
    const connection = await HttpConnection.connect(ours.main);
    await connection.exchange(request("PUT", "/v1/stream/bench"));
    connection.close();
    const path = "/v1/stream/bench?offset=now";
    const crowd = await Crowd.connect(ours.main, count, { path, bufferBytes: 1_024 });
    // The start, and that it has all.
    await crowd.waitFor(2 * count);
    return crowd;
  }),
];

/**
 * The most that resident memory grows by for each client that never reads while much awaits it. The
 * server is started anew on the filled store, so that there is no garbage of the filling for what
 * is measured to hide in, and a client that reads a part of it fills the caches first: they are
 * there however many clients there are.
 */
export const stalledMemory: Scenario = {
  name: "stalled-memory",
  run: ({ quick }): Promise<Row[]> =>
    withFolder(async (folder) => {
      const megabytes = quick ? 10 : 200;
      const events = Math.ceil(megabytes * 1e6 / MESSAGE_BYTES);
      const filler = await startOurs(folder);
      try {
        await createChain(filler, "bench");
        await fill(filler, "bench", events);
      } finally {
        await filler.stop();
      }
      const server = await startOurs(folder);
      try {
        const reader = await Crowd.connect(server.port, 1);
        await reader.sendAll(fromEarliest("bench"));
        await reader.waitFor(Math.floor(events / 4));
        await reader.close();
        const own = await growth("most", server, STALLED_CLIENTS, async () => {
          const crowd = await Crowd.connect(server.port, STALLED_CLIENTS, { reads: false });
          await crowd.sendAll(fromEarliest("bench"));
          return () => crowd.close();
        });
        return [{
          scenario: "stalled-memory",
          ours: `${rounded(own / 1e6)} MB`,
          ceiling: "",
          ratio: own / 1e6,
          unit: " MB",
          target: { is: "at most", value: 0.5 },
          note: `${STALLED_CLIENTS} clients, ${megabytes} MB awaiting each`,
        }];
      } finally {
        await server.stop();
      }
    }),
};

/** Bytes that a server's memory grows by for each client: at the most, or once it has settled. */
async function growth(
  which: "most" | "settled",
  server: ServerProcess,
  clients: number,
  connect: () => Promise<() => Promise<void>>,
): Promise<number> {
  await delay(1_000);
  const before = await server.rss();
  const leave = await connect();
  let found = 0;
  for (let looks = 0; looks < 16; looks++) {
    await delay(250);
    const rss = await server.rss();
    found = which === "most" ? Math.max(found, rss) : rss;
  }
  await leave();
  return Math.max(0, found - before) / clients;
}

/** Files that this process may have open. */
async function filesAllowed(): Promise<number> {
  try {
    const limits = await Deno.readTextFile("/proc/self/limits");
    const files = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? NaN);
    if (files > OTHER_FILES) return files;
  } catch {
    // Elsewhere a common default is assumed.
  }
  return 1_024;
}
