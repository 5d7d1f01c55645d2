import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { systemClock } from "../../../src/kernel/clock.ts";
import { Log } from "../../../src/log/log.ts";
import { BackupCheck } from "../../../src/server/admin/backup_lines.ts";
import { ChainTools } from "../../../src/server/admin/chain_tools.ts";
import { chainProjection } from "../../../src/server/projections.ts";
import { readRetention, retentionSetting } from "../../../src/streams/chain/retention.ts";
import type { StreamService } from "../../../src/streams/chain/service.ts";
import { openStore } from "../../../src/kv/open.ts";
import { readAll } from "../../support/all_chains.ts";
import { SteppedClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { assertMirrored } from "../../support/mirrors.ts";
import { withFolder } from "../../support/server.ts";
import { pagesOf } from "../../support/sqlite_pages.ts";
import { caughtUp, dataOf, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until, within } from "../../support/until.ts";
import { appendJson, makeStream, withStreams } from "./stream_world.ts";

const AGE = "--streams-retention=16s";

const view = z.object({ first: z.object({ offset: z.number() }).nullable(), events: z.number() });

/** Offset of the first event that a stream's chain has; undefined where there is none. */
async function firstOf(main: string, stream: string): Promise<number | undefined> {
  const answer = await fetch(`${main}/v1/chains/${encodeURIComponent(`streams/${stream}`)}`);
  const text = await answer.text();
  assertEquals(answer.status, 200, text);
  return view.parse(JSON.parse(text)).first?.offset;
}

const always = () => Promise.resolve(true);

/** Cuts a stream so that about `bytes` of data stay. */
function cut(service: StreamService, name: string, bytes: number): Promise<void> {
  return service.cut(name, { before: -Infinity, bytes }, always);
}

async function firstIn(service: StreamService, name: string): Promise<number> {
  return (await service.chain(name).head())?.base?.first ?? 0;
}

Deno.test("a retention is an age, a size of each stream, or both", () => {
  const read = (text: string) => readRetention(retentionSetting.parse(text));
  assertEquals(read("off"), undefined);
  assertEquals(read("7d"), { ageMs: 604_800_000, bytes: Infinity });
  assertEquals(read("10GB"), { ageMs: Infinity, bytes: 10 * 2 ** 30 });
  assertEquals(read("90m,64kb"), { ageMs: 5_400_000, bytes: 65_536 });
  for (const text of ["", "7", "0d", "-1d", "10gb,7d", "7d,", "7 d", "1y", "5b", "7d,7d"]) {
    assertThrows(() => read(text), Error, "an age such as 7d");
  }
});

Deno.test("what is too old goes from the beginning of a stream that goes on, and readers from there are told so", async () => {
  const clock = new SteppedClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const start = await api.create("s");
    const ends: string[] = [];
    const producer = (seq: number) => ({
      "producer-id": "p",
      "producer-epoch": "0",
      "producer-seq": String(seq),
      "stream-seq": `s${seq}`,
    });
    const append = async (n: number) => {
      const sent = { headers: producer(n), body: JSON.stringify({ n }) };
      const { status, next } = await api.send("POST", "s", sent);
      assertEquals(status, 200);
      ends.push(next);
    };
    for (let n = 0; n < 5; n++) await append(n);
    const socket = await streamSocket(main, "s", "?offset=-1");
    await caughtUp(socket);
    clock.time += 20_000;
    for (let n = 5; n < 8; n++) await append(n);
    const first = await until(
      "the beginning is gone",
      async () => await firstOf(main, "s") || undefined,
    );
    assertEquals(first, 6);
    // The created event comes before the data.
    assertEquals((await api.get("s?offset=-1")).text, '[{"n":5},{"n":6},{"n":7}]');
    assertEquals((await api.get(`s?offset=${ends[4]}`)).text, '[{"n":5},{"n":6},{"n":7}]');
    assertEquals((await api.get(`s?offset=${ends[5]}`)).text, '[{"n":6},{"n":7}]');
    for (const offset of [start, ends[0], ends[3]]) {
      for (const live of ["", "&live=long-poll", "&live=sse"]) {
        const { status, text } = await api.get(`s?offset=${offset}${live}`);
        assertEquals([status, JSON.parse(text).code], [410, "offset_gone"]);
      }
      const upgrade = await fetch(`${main}/v1/stream/s?offset=${offset}`, {
        headers: { upgrade: "websocket", connection: "upgrade" },
      }).then((answer) => answer.body?.cancel()).catch(() => {});
      assertEquals(upgrade, undefined);
    }
    const old = await fetch(`${main}/v1/chains/streams%2Fs/events?from=3`);
    assertEquals([old.status, (await old.json()).code], [410, "offset_gone"]);
    // Whoever had read all of it goes on.
    await until("the socket has the rest", () => dataOf(socket).length === 8);
    await socket.close();
    // What was gone counts all the same: numbers of producers, the order of writers, the end.
    const again = await api.send("POST", "s", { headers: producer(7), body: '{"n":7}' });
    assertEquals([again.status, again.next], [204, ends[7] ?? ""]);
    const gap = await api.send("POST", "s", { headers: producer(9), body: "{}" });
    assertEquals([gap.status, gap.headers.get("producer-expected-seq")], [409, "8"]);
    const late = await api.send("POST", "s", { headers: { "stream-seq": "s2" }, body: "{}" });
    assertEquals([late.status, JSON.parse(late.text).code], [409, "seq_regression"]);
    // All of it may go.
    clock.time += 60_000;
    await until("all is gone", async () => await firstOf(main, "s") === undefined);
    const empty = await api.get("s?offset=-1");
    assertEquals([empty.text, empty.next], ["[]", ends[7] ?? ""]);
    assertEquals(empty.headers.get("stream-up-to-date"), "true");
    await append(8);
    assertEquals((await api.get("s?offset=-1")).text, '[{"n":8}]');
    assertEquals((await api.get(`s?offset=${ends[7]}`)).text, '[{"n":8}]');
    const closed = await api.send("POST", "s", { headers: { "stream-closed": "true" } });
    assertEquals(closed.status, 204);
    assertEquals((await api.get("s?offset=-1")).headers.get("stream-closed"), "true");
    const verified = await fetch(`${main}/v1/chains/streams%2Fs/verify`, { method: "POST" });
    assertEquals(JSON.parse((await verified.text()).trim().split("\n").at(-1) ?? "").ok, true);
  }, { clock, flags: [AGE] });
});

Deno.test("a file does not grow with a stream that goes on and keeps so much", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    await withServer(async ({ main }) => {
      const api = new StreamsApi(main);
      await api.create("s");
      const body = JSON.stringify("x".repeat(50_000));
      const pages: number[] = [];
      for (let round = 1; round <= 4; round++) {
        for (let n = 0; n < 60; n++) await api.send("POST", "s", { body });
        await until("its beginning is gone", async () => {
          const { events } = view.parse(
            await (await fetch(`${main}/v1/chains/streams%2Fs`)).json(),
          );
          const first = await firstOf(main, "s") ?? events;
          return events === round * 60 + 1 && events - first <= 22;
        });
        pages.push(pagesOf(path));
      }
      const [first = 0, ...later] = pages;
      assert(later.every((count) => count < first * 1.2), `${pages}`);
    }, { flags: [`--store=${path}`, "--streams-retention=1mb"] });
  });
});

Deno.test("a stream that others were forked from keeps all until they need it no more", async () => {
  await withStreams(async ({ service }) => {
    const fill = async (name: string, from: number, to: number) => {
      for (let n = from; n < to; n++) await appendJson(service, name, String(n).padStart(8, "0"));
    };
    await makeStream(service, "source");
    await fill("source", 0, 20);
    await makeStream(service, "fork", { fork: { source: "source", at: undefined, sub: 0 } });
    await fill("source", 20, 40);
    await fill("fork", 100, 110);
    await cut(service, "source", 100);
    assertEquals(await firstIn(service, "source"), 0);
    // The fork loses its own beginning, and with that all that it shared.
    await cut(service, "fork", 50);
    assertEquals(await firstIn(service, "fork"), 6);
    const fork = await service.state("fork");
    assertEquals([fork.reach, (await service.state("source")).forks], [6, 0]);
    await cut(service, "source", 100);
    assert(await firstIn(service, "source") > 20);
    // One that is made now shares what there is.
    await makeStream(service, "late", { fork: { source: "source", at: undefined, sub: 0 } });
    const late = await service.state("late");
    assertEquals(late.inherited[0]?.start, (await service.state("source")).reach);
    await cut(service, "source", 10);
    assertEquals(await firstIn(service, "source"), late.inherited[0]?.start);
    // Neither does a fork that is no more keep it.
    await service.remove("late");
    await cut(service, "source", 10);
    assert(await firstIn(service, "source") > (late.inherited[0]?.start ?? Infinity));
  });
});

Deno.test("a fork of what was cut off reads from where its source begins, and no further back", async () => {
  const clock = new SteppedClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    await api.create("s");
    const old = await api.append("s", 0);
    const kept = await api.append("s", 1);
    clock.time += 20_000;
    await api.append("s", 2);
    await until("the beginning is gone", async () => await firstOf(main, "s") === 3);
    await api.create("f", { "stream-forked-from": "/v1/stream/s" });
    await api.append("f", 3);
    assertEquals((await api.get("f?offset=-1")).text, "[2,3]");
    assertEquals((await api.get(`f?offset=${kept}`)).text, "[2,3]");
    assertEquals((await api.get(`f?offset=${old}`)).status, 410);
    const before = { "stream-forked-from": "/v1/stream/s", "stream-fork-offset": old };
    assertEquals((await api.send("PUT", "g", { headers: before })).status, 400);
  }, { clock, flags: [AGE] });
});

Deno.test("whoever reads all chains is told of what is kept, and of everything that comes", async () => {
  const clock = new SteppedClock();
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["a", "b"]) await api.create(name);
    const query = "chain=streams/*";
    for (let n = 0; n < 4; n++) await api.append("a", n);
    assertEquals((await readAll(main, query)).events.length, 4);
    clock.time += 20_000;
    await api.append("a", 4);
    await api.append("b", 5);
    await until("the beginning is gone", async () => await firstOf(main, "a") === 5);
    const { events } = await readAll(main, query);
    assertEquals(events.map(({ data }) => data), [4, 5]);
  }, { clock, flags: [AGE] });
});

Deno.test("a mirror begins where its remote does, and one that was away for too long begins anew", async () => {
  const clock = new SteppedClock();
  await withServer(async ({ main: remote }) => {
    await withFolder(async (folder) => {
      const api = new StreamsApi(remote);
      const flags = [`--follow=${remote}`, `--store=${folder}/mirror.db`];
      const mirrored = (body: (mirror: string) => Promise<void>) =>
        withServer(async ({ main: mirror }) => {
          await assertMirrored(remote, mirror);
          await body(mirror);
        }, { flags });
      const age = async (first: number) => {
        clock.time += 20_000;
        await api.append("s", first);
        await until("the beginning is gone", async () => await firstOf(remote, "s") === first);
      };
      await api.create("s");
      for (let n = 1; n < 10; n++) await api.append("s", n);
      await age(10);
      await mirrored(async (mirror) => {
        assertEquals(await firstOf(mirror, "s"), 10);
        const here = new StreamsApi(mirror);
        assertEquals((await here.get("s?offset=-1")).text, "[10]");
        await api.append("s", 11);
        await until("it goes on", async () => (await here.get("s?offset=-1")).text === "[10,11]");
      });
      for (let n = 12; n < 20; n++) await api.append("s", n);
      await age(20);
      await mirrored(async (mirror) => {
        assertEquals(await firstOf(mirror, "s"), 20);
        const verified = await fetch(`${mirror}/v1/chains/streams%2Fs/verify`, { method: "POST" });
        assertEquals(JSON.parse((await verified.text()).trim().split("\n").at(-1) ?? "").ok, true);
      });
    });
  }, { clock, flags: [AGE] });
});

Deno.test("a backup of streams that were cut makes the same streams", async () => {
  await withStreams(async ({ service, store }) => {
    await makeStream(service, "s");
    for (let n = 0; n < 30; n++) await appendJson(service, "s", String(n).padStart(8, "0"));
    await cut(service, "s", 100);
    await makeStream(service, "whole", { text: "[1]" });
    const log = new Log(store, { projectionOf: chainProjection, clock: service.clock });
    const texts: string[] = [];
    for await (const text of new ChainTools(log).backup()) texts.push(text);
    await log.close();
    const check = new BackupCheck();
    const lines = texts.join("").trimEnd().split("\n");
    const kinds = lines.map((line) => check.take(line).kind);
    assertEquals(kinds.filter((kind) => kind === "row").length, 1);
    assertEquals(check.end().events, 2 + 10);
    const other = await openStore(":memory:", systemClock);
    const copy = new Log(other, { projectionOf: chainProjection });
    const parts = lines.filter((_, at) => !["begin", "end", "kept"].includes(kinds[at] ?? ""));
    const imported = [];
    for await (const one of new ChainTools(copy).import(given(parts))) imported.push(one.events);
    assertEquals(imported, [10, 2]);
    const chain = copy.chain("streams/s");
    assertEquals((await chain.verify()).ok, true);
    assertEquals(await chain.compareRows(), undefined);
    assertEquals(await chain.row(["state"]), await service.chain("s").row(["state"]));
    await copy.close();
    other.close();
  });
});

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

Deno.test("a slow reader that a cut has overtaken is told so", async () => {
  await withStreams(async ({ service }) => {
    await makeStream(service, "s");
    for (let n = 0; n < 30; n++) await appendJson(service, "s", String(n).padStart(8, "0"));
    const chain = service.chain("s");
    const follower = await chain.attach(5, () => {});
    await cut(service, "s", 100);
    const reading = async () => {
      const read = follower.peek();
      if (read instanceof Promise) await read;
    };
    const error = await within("an answer", reading().then(() => undefined, (thrown) => thrown));
    assertEquals([error?.code, error?.status], ["offset_gone", 410]);
    follower.close();
  });
});
