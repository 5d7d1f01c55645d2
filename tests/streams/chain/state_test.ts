import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { openStore } from "../../../src/kv/open.ts";
import type { Store } from "../../../src/kv/store.ts";
import { rowKey } from "../../../src/log/keys.ts";
import { Log } from "../../../src/log/log.ts";
import { chainProjection } from "../../../src/server/projections.ts";
import { contentOf } from "../../../src/streams/chain/append_request.ts";
import { registerFork, releaseFork } from "../../../src/streams/chain/fork_commands.ts";
import { StreamService } from "../../../src/streams/chain/service.ts";
import { stateIn, STREAM_ROW, type StreamState } from "../../../src/streams/chain/state.ts";
import { readAll } from "../../support/chains.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const NAME = "s";

interface World {
  readonly service: StreamService;
  readonly clock: FakeClock;
  readonly store: Store;
}

async function withStream(ttl: number | null, body: (world: World) => Promise<void>) {
  const clock = new FakeClock();
  const store = await openStore(":memory:", clock);
  const log = new Log(store, { projectionOf: chainProjection, clock });
  const service = new StreamService(log, clock);
  try {
    await service.create(NAME, {
      contentType: "application/json",
      lifetime: { ttl, expiresAt: null },
      closed: false,
      body: new Uint8Array(),
      contentOf,
      fork: undefined,
    });
    await body({ service, clock, store });
  } finally {
    await log.close();
    store.close();
  }
}

async function append(service: StreamService, count: number, seq?: string): Promise<StreamState> {
  const body = new TextEncoder().encode(JSON.stringify(Array.from({ length: count }, () => 1)));
  const content = await contentOf(body, "application/json");
  const request = { content, closes: false, seq, producer: undefined };
  return (await service.append(NAME, request)).state;
}

/** The stored row's version, which every write of it changes. */
async function rowVersion({ service, store }: World): Promise<string | null> {
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
