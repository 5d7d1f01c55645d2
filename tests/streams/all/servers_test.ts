import { assertEquals } from "@std/assert";
import { StreamClient } from "../../../src/client/mod.ts";
import { allEvents, allSocket, byChain, readAll } from "../../support/all_chains.ts";
import { denokvTest, startDenokv } from "../../support/denokv.ts";
import { freePort } from "../../support/ports.ts";
import { ServerProcess, withFolder } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { inThreads, onEveryThread } from "../../support/threads/in_threads.ts";
import { until, within } from "../../support/until.ts";

const STREAMS = "chain=streams/**";

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

Deno.test("a server is killed again and again while many write: whoever follows all comes back, misses nothing and hears nothing twice", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/ledger.db`;
    const port = `--port=${freePort()}`;
    let server = await ServerProcess.start([store, port]);
    const origin = server.origin("main");
    try {
      const names = ["a", "b", "c", "d"];
      const streams = new StreamsApi(origin);
      for (const name of names) await streams.create(name);
      const all = new StreamClient<number>(`${origin}/v1/all`);
      const heard = new Map(names.map((name) => [`streams/${name}`, [] as number[]]));
      const offsets: string[] = [];
      const following = (async () => {
        for await (const { chain = "", data, offset } of all.follow({ chains: ["streams/*"] })) {
          heard.get(chain)?.push(data);
          offsets.push(offset);
        }
      })();
      let isDone = false;
      const counts = names.map(() => 0);
      const writing = names.map(async (name, at) => {
        const writer = new StreamClient<number>(streams.url(name));
        for (let n = 0; !isDone; n++) {
          await writer.append(n);
          counts[at] = n + 1;
        }
        await writer.close();
      });
      const written = () => counts.reduce((sum, count) => sum + count, 0);
      for (let round = 0; round < 3; round++) {
        const before = written();
        await until("some appends", () => written() > before + 150);
        server.signal("SIGKILL");
        await server.ended();
        server = await ServerProcess.start([store, port]);
      }
      const before = written();
      await until("some more", () => written() > before + 150);
      isDone = true;
      await within("all appends are answered", Promise.all(writing));
      await until("all of it", () => offsets.length >= written());
      for (const [at, name] of names.entries()) {
        assertEquals(heard.get(`streams/${name}`), upTo(counts[at] ?? 0));
      }
      assertEquals(offsets, offsets.toSorted());
      const { events } = await readAll(origin, STREAMS);
      assertEquals(events.map(({ offset }) => offset), offsets, "the order is the same ever after");
      await all.close();
      await following.catch(() => {});
    } finally {
      await server.kill();
    }
  });
});

denokvTest(
  "two servers over one denokv tell all chains in one order, whoever wrote them",
  async (program) => {
    await withFolder(async (folder) => {
      const kv = await startDenokv(program, `${folder}/kv.sqlite3`);
      const env = { DENO_KV_ACCESS_TOKEN: Deno.env.get("DENO_KV_ACCESS_TOKEN") ?? "" };
      const servers = await Promise.all(
        [0, 1].map(() => ServerProcess.start([`--store=${kv.url}`], env)),
      );
      try {
        const origins = servers.map((server) => server.origin("main"));
        const [one, other] = origins.map((origin) => new StreamsApi(origin));
        await one?.create("before");
        await one?.append("before", "history");
        const sockets = await Promise.all(origins.map((origin) => allSocket(origin, STREAMS)));
        await Promise.all(sockets.map((socket) => socket.count("caught_up", 1)));
        const write = async (api: StreamsApi | undefined, name: string) => {
          await api?.create(name);
          for (let n = 0; n < 20; n++) await api?.append(name, n);
        };
        await Promise.all([write(one, "a"), write(other, "b"), write(one, "c"), write(other, "d")]);
        for (const socket of sockets) {
          await until("all of it", () => allEvents(socket.told).length >= 81);
          const told = byChain(allEvents(socket.told));
          for (const name of ["a", "b", "c", "d"]) {
            assertEquals(told.get(`streams/${name}`), upTo(20));
          }
        }
        const [first = [], second] = sockets.map(({ told }) => allEvents(told));
        assertEquals(first, second, "the order is the same");
        const { events } = await readAll(origins[1] ?? "", STREAMS, first[40]?.offset);
        assertEquals(events, first.slice(41), "an offset of one is a place for the other");
        await Promise.all(sockets.map((socket) => socket.close()));
      } finally {
        await Promise.all(servers.map((server) => server.kill()));
        await kv.stop();
      }
    });
  },
);

Deno.test("connections of every thread hear all chains in one order, and at once what was answered anywhere", async () => {
  await inThreads(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["a", "b"]) await api.create(name);
    const sockets = await onEveryThread(() => allSocket(main, STREAMS));
    await Promise.all(sockets.map((socket) => socket.count("caught_up", 1)));
    for (let n = 0; n < 30; n++) {
      await Promise.all(["a", "b"].map((name) => api.append(name, n)));
      if (n % 10 > 0) continue;
      const { events } = await readAll(main, STREAMS);
      assertEquals(events.length, 2 * (n + 1), "what was answered is read");
    }
    const { events } = await readAll(main, STREAMS);
    for (const socket of sockets) {
      await until("all of it", () => allEvents(socket.told).length >= 60);
      assertEquals(allEvents(socket.told), events);
    }
    await Promise.all(sockets.map((socket) => socket.close()));
  });
});
