import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HELD_MS, HELD_TOLD_MS } from "../../src/kernel/limits.ts";
import { EventLoop } from "../../src/server/event_loop.ts";
import { HeldClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { metric } from "../support/metrics.ts";
import { until } from "../support/until.ts";

function begun() {
  const clock = new HeldClock();
  const waits: number[] = [];
  const loop = new EventLoop(clock, (ms) => waits.push(ms));
  loop.start();
  return { clock, waits, loop };
}

Deno.test("an event loop that has its turns keeps nobody waiting", () => {
  const { clock, waits, loop } = begun();
  clock.advance(10_000);
  assertEquals(waits.length, 100);
  assert(waits.every((ms) => ms === 0));
  assertEquals([loop.longest, loop.state], [0, "ok"]);
  assertEquals(clock.waiting, 1);
  loop.stop();
  assertEquals(clock.waiting, 0);
});

Deno.test("what holds the event loop is told for as long as a load balancer should hear of it", () => {
  const { clock, waits, loop } = begun();
  clock.held = HELD_MS;
  // The look that is waited for was asked for before.
  clock.advance(100);
  clock.advance(HELD_MS + 100);
  assertEquals(Math.max(...waits), HELD_MS);
  assertEquals([loop.longest, loop.state], [HELD_MS, "nobody was served for 5.0 s"]);
  clock.advance(HELD_TOLD_MS - 200);
  assertEquals(loop.state, "nobody was served for 5.0 s");
  clock.advance(2 * HELD_TOLD_MS);
  assertEquals([loop.longest, loop.state], [0, "ok"]);
  clock.held = HELD_MS - 1;
  clock.advance(200 + HELD_MS);
  assertEquals([loop.longest, loop.state], [HELD_MS - 1, "ok"]);
});

Deno.test("a wait that goes on is told while it does", () => {
  const { clock, waits, loop } = begun();
  clock.held = 60_000;
  clock.advance(100);
  const before = waits.length;
  clock.advance(HELD_MS + 100);
  assertEquals([waits.length, loop.longest], [before, HELD_MS]);
  assertEquals(loop.state, "nobody was served for 5.0 s");
});

Deno.test("a server counts how long its event loop keeps everybody waiting", async () => {
  await withServer(async ({ main }) => {
    const count = () => metric(main, "ledger_event_loop_lag_seconds_count");
    await until("some looks", async () => await count() > 2);
    // This holds the thread of the server, which is the test's.
    const until300 = performance.now() + 300;
    while (performance.now() < until300);
    await until(
      "the wait",
      async () => await metric(main, "ledger_event_loop_lag_max_seconds") > 0.2,
    );
    const text = await (await fetch(`${main}/metrics`)).text();
    assertStringIncludes(text, 'ledger_event_loop_lag_seconds_bucket{le="0.05"}');
  });
});
