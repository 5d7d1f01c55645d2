import { assertEquals, assertRejects } from "@std/assert";
import { StreamRefusal } from "../../../src/streams/chain/errors.ts";
import { registerFork } from "../../../src/streams/chain/fork_commands.ts";
import { layoutOf } from "../../../src/streams/chain/layout.ts";
import { pageBody } from "../../../src/streams/chain/page.ts";
import { readPage } from "../../../src/streams/chain/reading.ts";
import type { StreamService } from "../../../src/streams/chain/service.ts";
import { appendJson, makeStream, withStreams } from "./stream_world.ts";

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
  await withStreams(async ({ service }) => {
    await makeStream(service, "a");
    await appendJson(service, "a", [1, 2, 3]);
    await makeStream(service, "b", { fork: { source: "a", at: undefined, sub: 0 } });
    await appendJson(service, "b", 4);
    await makeStream(service, "c", {
      fork: { source: "b", at: "0000000000000000_0000000000000000", sub: 2 },
    });
    await appendJson(service, "a", [5], { closes: true });
    await service.remove("b");
    assertEquals([await textOf(service, "a"), await textOf(service, "c")], ["[1,2,3,5]", "[1,2]"]);
    assertEquals([await statusOf(service, "b"), await statusOf(service, "a")], [410, 200]);
    await service.remove("c");
    assertEquals([await statusOf(service, "b"), await statusOf(service, "c")], [404, 404]);
    await service.remove("a");
    await makeStream(service, "a");
    await appendJson(service, "a", 6);
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
  await withStreams(async ({ service, clock }) => {
    await makeStream(service, "source");
    const wish = { id: "0123", name: "never", contentType: undefined, at: undefined };
    await service.chain("source").execute(registerFork("source", wish));
    await service.remove("source");
    assertEquals(await statusOf(service, "source"), 410);
    await assertRejects(() => makeStream(service, "source"), StreamRefusal);
    clock.advance(61_000);
    assertEquals(await statusOf(service, "source"), 404);
    assertEquals((await makeStream(service, "source")).isNew, true);
  });
});

Deno.test("a fork that expires lets its deleted source go, through every level", async () => {
  await withStreams(async ({ service, clock }) => {
    await makeStream(service, "one");
    await appendJson(service, "one", 1);
    await makeStream(service, "two", { fork: { source: "one", at: undefined, sub: 0 } });
    await makeStream(service, "three", { fork: { source: "two", at: undefined, sub: 0 }, ttl: 10 });
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
  await withStreams(async ({ service, clock }) => {
    await makeStream(service, "s", { ttl: 10 });
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
