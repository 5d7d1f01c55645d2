import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { rowKey } from "../../../src/log/keys.ts";
import { registerFork, releaseFork } from "../../../src/streams/chain/fork_commands.ts";
import type { StreamService } from "../../../src/streams/chain/service.ts";
import { stateIn, STREAM_ROW, type StreamState } from "../../../src/streams/chain/state.ts";
import { readAll } from "../../support/chains.ts";
import { appendJson, makeStream, type StreamWorld, withStreams } from "./stream_world.ts";

const NAME = "s";

async function withStream(ttl: number | null, body: (world: StreamWorld) => Promise<void>) {
  await withStreams(async (world) => {
    await makeStream(world.service, NAME, { ttl });
    await body(world);
  });
}

async function append(service: StreamService, count: number, seq?: string): Promise<StreamState> {
  const value = Array.from({ length: count }, () => 1);
  return (await appendJson(service, NAME, value, seq === undefined ? {} : { seq })).state;
}

/** The stored row's version, which every write of it changes. */
async function rowVersion({ service, store }: StreamWorld): Promise<string | null> {
  const chain = service.chain(NAME);
  const generation = (await chain.head())?.generation ?? 0;
  return (await store.get(rowKey(chain.name, generation, STREAM_ROW))).versionstamp;
}

Deno.test("data changes the row of a stream where a TTL is counted from it, or it has a sequence", async () => {
  await withStream(null, async (world) => {
    const { service } = world;
    const before = await rowVersion(world);
    assertEquals((await append(service, 3)).tail, 4);
    assertEquals((await append(service, 1)).tail, 5);
    assertEquals([(await service.state(NAME)).tail, await rowVersion(world)], [5, before]);
    assertEquals((await append(service, 1, "a")).seq, "a");
    assertEquals(await rowVersion(world) === before, false);
  });
  await withStream(60, async (world) => {
    const { service, clock } = world;
    const { usedAt } = await service.state(NAME);
    await clock.advance(1_000);
    assertEquals((await append(service, 1)).usedAt, usedAt + 1_000);
    assertEquals((await service.state(NAME)).usedAt, usedAt + 1_000);
  });
});

Deno.test("the state of a stream is that which its events make, whatever they are", async () => {
  const step = fc.constantFrom("data", "many", "sequence", "fork", "release", "use");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await withStream(null, async ({ service }) => {
        const chain = service.chain(NAME);
        const forks: string[] = [];
        const counts = { sequence: 0, forks: 0 };
        for (const kind of steps) {
          if (kind === "data") await append(service, 1);
          if (kind === "many") await append(service, 5);
          if (kind === "sequence") await append(service, 1, String(1_000 + counts.sequence++));
          if (kind === "use") await service.used(NAME);
          if (kind === "fork") {
            const id = `f${counts.forks++}`;
            const wish = { id, name: id, contentType: undefined, at: undefined };
            await chain.execute(registerFork(NAME, wish));
            forks.push(id);
          }
          const last = kind === "release" ? forks.pop() : undefined;
          if (last !== undefined) await chain.execute(releaseFork(last));
          const events = await readAll(chain);
          const lastData = events.findLastIndex(({ type }) => type === "data" || type === "more");
          const state = await service.stored(NAME);
          assertEquals([state?.tail, state?.forks, state?.seq], [
            Math.max(lastData + 1, 0),
            forks.length,
            counts.sequence === 0 ? null : String(999 + counts.sequence),
          ]);
          assertEquals(await chain.execute(stateIn), state);
        }
      });
    }),
    { numRuns: 60 },
  );
});
