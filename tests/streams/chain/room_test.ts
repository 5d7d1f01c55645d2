import { assert, assertEquals } from "@std/assert";
import { OVER_MS } from "../../../src/streams/chain/room.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { withFolder } from "../../support/server.ts";
import { pagesOf } from "../../support/sqlite_pages.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until } from "../../support/until.ts";
import { makeStream, withStreams } from "./stream_world.ts";

const BODY = JSON.stringify("x".repeat(100_000));

Deno.test("the room of a deleted stream is used again, and a file does not grow for ever", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    const clock = new FakeClock();
    await withServer(async ({ main }) => {
      const api = new StreamsApi(main);
      const pages: number[] = [];
      const lives: string[] = [];
      for (let round = 0; round < 3; round++) {
        lives.push(await api.create("big"));
        for (let n = 0; n < 30; n++) await api.send("POST", "big", { body: BODY });
        pages.push(pagesOf(path));
        assertEquals((await api.send("DELETE", "big")).status, 204);
        assertEquals((await api.get("big?offset=-1")).status, 404);
        clock.advance(OVER_MS + 1);
        await until("its room is given back", () => pagesOf(path) < (pages[0] ?? 0) / 2);
      }
      const [first = 0, ...later] = pages;
      assert(later.every((count) => count < first * 1.1), `${pages}`);
      assertEquals(new Set(lives).size, 1);
      // An offset of a life before is none of the next.
      await api.create("big");
      const end = await api.append("big", 1);
      await api.send("DELETE", "big");
      await api.create("big");
      assertEquals((await api.get(`big?offset=${end}`)).status, 410);
    }, { flags: [`--store=${path}`], clock });
  });
});

Deno.test("a stream that has expired gives its room back, though nobody asks for it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    const clock = new FakeClock();
    await withServer(async ({ main }) => {
      const api = new StreamsApi(main);
      const before = pagesOf(path);
      await api.create("short", { "stream-ttl": "600" });
      for (let n = 0; n < 30; n++) await api.send("POST", "short", { body: BODY });
      assert(pagesOf(path) > before + 500);
      clock.advance(2 * 60 * 60 * 1_000);
      await until("its room is given back", () => {
        clock.advance(1_000);
        return pagesOf(path) < before + 100;
      });
      assertEquals((await api.get("short?offset=-1")).status, 404);
    }, { flags: [`--store=${path}`], clock });
  });
});

Deno.test("what a fork reads is kept, and given back with the fork", async () => {
  await withStreams(async ({ service, clock, store }) => {
    const segments = async () =>
      (await store.list({ start: ["log"], end: ["log", true] }, 100)).map(({ key }) => key[1]);
    await makeStream(service, "source", { text: "[1,2]" });
    await makeStream(service, "fork", { fork: { source: "source", at: undefined, sub: 0 } });
    await service.remove("source");
    clock.advance(OVER_MS);
    assertEquals(await service.giveBack("source", OVER_MS), false);
    assertEquals(await service.giveBack("fork", OVER_MS), false);
    await service.remove("fork");
    assertEquals(await service.giveBack("fork", OVER_MS), false);
    clock.advance(OVER_MS);
    assertEquals(await service.giveBack("fork", OVER_MS), true);
    assertEquals(await service.giveBack("source", OVER_MS), true);
    assertEquals(await segments(), []);
    await makeStream(service, "source", { text: "[3]" });
    assertEquals((await service.state("source")).start, 0);
  });
});
