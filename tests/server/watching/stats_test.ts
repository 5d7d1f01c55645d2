import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { SecondStats, SERIES, sumOfStats } from "../../../src/server/watching/stats.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { TEST_THREADS } from "../../support/ports.ts";
import { until } from "../../support/until.ts";
import { WatchApi } from "../../support/watch_api.ts";

function figuresOf(all: number) {
  return {
    appends: all,
    events: all,
    eventBytes: all,
    messages: all,
    bytes: all,
    requests: all,
    connections: all,
    lagMs: all,
  };
}

Deno.test("each second has what came to pass in it, and the last 900 are kept", () => {
  const clock = new FakeClock();
  let all = 0;
  const stats = new SecondStats(clock, () => figuresOf(all));
  stats.start();
  const began = clock.now() / 1_000;
  for (let second = 1; second <= 1_000; second++) {
    all += second;
    clock.advance(1_000);
  }
  const told = stats.told(3);
  assertEquals([told.from, told.series.events], [began + 997, [998, 999, 1_000]]);
  // Those that are no sums are told as they were.
  assertEquals(told.series.connections, [all - 999 - 1_000, all - 1_000, all]);
  const whole = stats.told(5_000);
  assertEquals([whole.from, whole.series.events.length], [began + 100, 900]);
  assertEquals(whole.series.events[0], 101);
  stats.stop();
});

Deno.test("seconds in which nobody was served are told, and a clock that is put back begins anew", () => {
  const clock = new FakeClock();
  let all = 0;
  const stats = new SecondStats(clock, () => figuresOf(all));
  stats.start();
  stats.stop();
  all = 7;
  clock.advance(3_500);
  assertEquals(stats.told(900).series.events, [0, 0, 7]);
  clock.advance(-10_000);
  assertEquals(stats.told(900).series.events, []);
  all = 9;
  clock.advance(1_000);
  assertEquals(stats.told(900).series.events, [2]);
});

Deno.test("who has not begun yet has no seconds, and others' are told without them", () => {
  const clock = new FakeClock();
  const [late, begun] = [1, 2].map((all) => new SecondStats(clock, () => figuresOf(all)));
  assert(late !== undefined && begun !== undefined);
  begun.start();
  const began = clock.now() / 1_000;
  clock.advance(2_000);
  assertEquals(late.told(900), { ...late.told(900), from: began + 2 });
  const { from, to, series } = sumOfStats([late.told(900), begun.told(900)]);
  assertEquals([from, to, series.connections], [began, began + 2, [2, 2]]);
  begun.stop();
});

Deno.test("clocks that are far apart do not make the seconds more than are kept", () => {
  const [early, now] = [new FakeClock(), new FakeClock()];
  now.advance(1_000_000_000_000);
  const all = [early, now].map((clock) => {
    const stats = new SecondStats(clock, () => figuresOf(1));
    stats.start();
    clock.advance(2_000);
    return stats;
  });
  const { from, to, series } = sumOfStats(all.map((stats) => stats.told(900)));
  assertEquals([to, to - from], [now.now() / 1_000, 900]);
  assertEquals(series.connections.slice(-3), [0, 1, 1]);
  for (const stats of all) stats.stop();
});

Deno.test("seconds of several threads are summed, but for how long anybody waited", () => {
  const series = (values: number[]) =>
    Object.fromEntries(SERIES.map((name) => [name, values])) as Record<
      typeof SERIES[number],
      number[]
    >;
  const sum = sumOfStats([
    { from: 10, series: series([1, 2, 3]) },
    { from: 11, series: series([5]) },
  ]);
  assertEquals([sum.from, sum.to], [10, 13]);
  assertEquals(sum.series.events, [1, 7, 3]);
  assertEquals(sum.series.lagMs, [1, 5, 3]);
});

Deno.test("the server tells what it is and what it did, and a chain its beginning, end and types", async () => {
  await withServer(async ({ main, api }) => {
    const watch = new WatchApi(main);
    await api.post("/api/ledger/chains/c/create", {});
    await api.append("c", { entity_id: "e", event_type: "made" });
    const server = await watch.get("/v1/server");
    assertEquals([server.name, server.threads, server.sharesStore], [
      "Ledgerline",
      Number(TEST_THREADS),
      false,
    ]);
    const networks = Object.fromEntries(
      server.ledgers.map(({ name, network }: { name: string; network: string }) => [name, network]),
    );
    assertEquals([networks.hathor, networks.streams], ["privatenet", null]);
    assertGreater(server.limits.connections, 0);
    const { series } = await until("a second with the append is over", async () => {
      const told = await watch.get("/v1/stats?seconds=900");
      return told.series.events.some((count: number) => count > 0) && told;
    });
    assertEquals(Object.keys(series), [...SERIES]);
    assertLessOrEqual(series.requests.length, 900);
    assertEquals((await watch.ask("GET", "/v1/stats?seconds=901")).status, 400);
    const chain = await watch.get("/v1/chains/hierachain%2Fc");
    assertEquals([chain.first.offset, chain.head.next], [0, chain.events]);
    assertEquals(chain.types.counted, chain.events);
    const counts: number[] = Object.values(chain.types.counts);
    assertEquals(counts.reduce((sum, count) => sum + count, 0), chain.events);
    assert(chain.first.time <= chain.head.time);
    await api.append("c", { entity_id: "e", event_type: "made" });
    const later = await watch.get("/v1/chains/hierachain%2Fc");
    // What was counted before is not read again, and what has come is.
    assertGreater(later.types.counted, chain.types.counted);
    const { status, body } = await watch.ask("GET", "/v1/chains/nobody");
    assertEquals([status, body.code], [404, "chain_unknown"]);
  });
});
