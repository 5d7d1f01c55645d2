import { assertEquals } from "@std/assert";
import { SteppedClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { KeysApi } from "../support/keys_api.ts";
import { untilReady } from "../support/ready.ts";
import { withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

Deno.test("what has expired stays so when the clock is put back, in this process and in the next", async () => {
  await withFolder(async (folder) => {
    const clock = new SteppedClock();
    const flags = [`--store=${folder}/ledger.db`];
    const begin = clock.time;
    const inAnHour = new Date(begin + HOUR).toISOString();
    let admin = "";
    let reader = "";
    const status = async (main: string, key: string, path: string) =>
      (await new StreamsApi(main).get(path, { authorization: `Bearer ${key}` })).status;
    const assertOver = async (main: string) => {
      assertEquals(await status(main, reader, "kept"), 401);
      for (const name of ["ttl", "until", "source"]) {
        assertEquals([name, await status(main, admin, name)], [name, 404]);
      }
      assertEquals(await status(main, admin, "kept"), 200);
    };
    await withServer(async ({ main }) => {
      admin = (await new KeysApi(main).make({ scopes: ["admin"] })).key;
      reader = (await new KeysApi(main, admin).make({ expiresAt: inAnHour })).key;
      const authorization = `Bearer ${admin}`;
      const streams = new StreamsApi(main);
      await streams.create("kept", { authorization });
      await streams.create("ttl", { authorization, "stream-ttl": "60" });
      await streams.create("until", { authorization, "stream-expires-at": inAnHour });
      // A source that is kept for a fork alone, which ends with it.
      await streams.create("source", { authorization });
      await streams.create("fork", {
        authorization,
        "stream-forked-from": "/v1/stream/source",
        "stream-expires-at": inAnHour,
      });
      await streams.send("DELETE", "source", { headers: { authorization } });
      assertEquals(await status(main, reader, "until"), 200);
      clock.time = begin + 2 * HOUR;
      await assertOver(main);
      clock.time = begin + MINUTE / 2;
      await assertOver(main);
      // Its name is free, and the new one lives by the clock that there is.
      await streams.create("until", { authorization });
      await streams.send("DELETE", "until", { headers: { authorization } });
    }, { clock, flags });
    await withServer(async ({ main }) => {
      await assertOver(main);
      await untilReady(main);
      // A key that is made while the log is ahead of the clock counts until its time.
      const key = (await new KeysApi(main, admin).make({ expiresAt: inAnHour })).key;
      assertEquals(await status(main, key, "kept"), 200);
      clock.time = begin + HOUR;
      assertEquals(await status(main, key, "kept"), 401);
      clock.time = begin;
      assertEquals(await status(main, key, "kept"), 401);
    }, { clock, flags });
  });
});
