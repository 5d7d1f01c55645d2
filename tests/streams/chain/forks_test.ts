import { chainProjection } from "../../../src/server/projections.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import { contentOf } from "../../../src/streams/chain/append_request.ts";
import { StreamRefusal } from "../../../src/streams/chain/errors.ts";
import { registerFork } from "../../../src/streams/chain/fork_commands.ts";
import { layoutOf } from "../../../src/streams/chain/layout.ts";
import { pageBody } from "../../../src/streams/chain/page.ts";
import { readPage } from "../../../src/streams/chain/reading.ts";
import { type ForkRequest, StreamService } from "../../../src/streams/chain/service.ts";
import { Log } from "../../../src/log/log.ts";
import { FakeClock } from "../../support/fake_clock.ts";

interface World {
  readonly service: StreamService;
  readonly clock: FakeClock;
}

async function withService(body: (world: World) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const store = await openStore(":memory:", clock);
  const log = new Log(store, { projectionOf: chainProjection, clock });
  try {
    await body({ service: new StreamService(log, clock), clock });
  } finally {
    await log.close();
    store.close();
  }
}

const make = (
  service: StreamService,
  name: string,
  fork?: ForkRequest,
  ttl: number | null = null,
) =>
  service.create(name, {
    contentType: fork === undefined ? "application/json" : undefined,
    lifetime: { ttl, expiresAt: null },
    closed: false,
    body: new Uint8Array(),
    contentOf,
    fork,
  });

async function append(service: StreamService, name: string, value: unknown, closes = false) {
  const content = await contentOf(
    new TextEncoder().encode(JSON.stringify(value)),
    "application/json",
  );
  await service.append(name, { content, closes, seq: undefined, producer: undefined });
}

async function textOf(service: StreamService, name: string): Promise<string> {
  const page = await readPage(service.open, layoutOf(name, await service.state(name)), 0);
  return new TextDecoder().decode(pageBody(page, "array"));
}

async function statusOf(service: StreamService, name: string): Promise<number> {
  try {
    await service.state(name);
    return 200;
  } catch (error) {
    if (error instanceof StreamRefusal) return error.status;
    throw error;
  }
}

Deno.test("the rows of streams and their forks are what a rebuild makes of the log", async () => {
  await withService(async ({ service }) => {
    await make(service, "a");
    await append(service, "a", [1, 2, 3]);
    await make(service, "b", { source: "a", at: undefined, sub: 0 });
    await append(service, "b", 4);
    await make(service, "c", { source: "b", at: "0000000000000000_0000000000000000", sub: 2 });
    await append(service, "a", [5], true);
    await service.remove("b");
    assertEquals([await textOf(service, "a"), await textOf(service, "c")], ["[1,2,3,5]", "[1,2]"]);
    assertEquals([await statusOf(service, "b"), await statusOf(service, "a")], [410, 200]);
    await service.remove("c");
    assertEquals([await statusOf(service, "b"), await statusOf(service, "c")], [404, 404]);
    await service.remove("a");
    await make(service, "a");
    await append(service, "a", 6);
    assertEquals(await textOf(service, "a"), "[6]");
    for (const name of ["a", "b", "c"]) {
      assertEquals(await service.chain(name).compareRows(), undefined);
      assertEquals((await service.chain(name).verify()).ok, true);
    }
    await service.chain("a").rebuild();
    assertEquals(await textOf(service, "a"), "[6]");
  });
});

Deno.test("a fork that was counted and never made keeps its source for a minute", async () => {
  await withService(async ({ service, clock }) => {
    await make(service, "source");
    const wish = { id: "0123", name: "never", contentType: undefined, at: undefined };
    await service.chain("source").execute(registerFork("source", wish));
    await service.remove("source");
    assertEquals(await statusOf(service, "source"), 410);
    await assertRejects(() => make(service, "source"), StreamRefusal);
    clock.advance(61_000);
    assertEquals(await statusOf(service, "source"), 404);
    assertEquals((await make(service, "source")).isNew, true);
  });
});

Deno.test("a fork that expires lets its deleted source go, through every level", async () => {
  await withService(async ({ service, clock }) => {
    await make(service, "one");
    await append(service, "one", 1);
    await make(service, "two", { source: "one", at: undefined, sub: 0 });
    await make(service, "three", { source: "two", at: undefined, sub: 0 }, 10);
    await service.remove("one");
    await service.remove("two");
    clock.advance(9_000);
    assertEquals([await statusOf(service, "one"), await textOf(service, "three")], [410, "[1]"]);
    clock.advance(1_000);
    assertEquals(await statusOf(service, "three"), 404);
    assertEquals([await statusOf(service, "one"), await statusOf(service, "two")], [404, 404]);
  });
});

Deno.test("a stream lives as long as it is read, and not by being looked at", async () => {
  await withService(async ({ service, clock }) => {
    await make(service, "s", undefined, 10);
    for (let times = 0; times < 5; times++) {
      clock.advance(9_000);
      await service.used("s");
    }
    clock.advance(9_000);
    assertEquals(await statusOf(service, "s"), 200);
    clock.advance(1_000);
    assertEquals(await statusOf(service, "s"), 404);
  });
});
