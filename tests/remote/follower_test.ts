import { assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { LedgerError } from "../../src/kernel/errors.ts";
import { RemoteFollower } from "../../src/remote/follower.ts";
import type { RemoteDialect, RemoteKeeper, RemoteNews } from "../../src/remote/remote.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until, within } from "../support/until.ts";

function piece(first: number): RemoteNews<number> {
  const told = { first, next: first + 1, item: first, bytes: 1, time: 0 };
  return { kind: "piece", line: "a", of: "", piece: told };
}

/** A remote of which each connection tells what `news` gives. */
function remoteOf(news: (signal: AbortSignal) => AsyncIterable<RemoteNews<number>>) {
  const dialect: RemoteDialect<number> = {
    name: "told",
    address: "nowhere",
    connect: (signal) =>
      Promise.resolve({ life: "life", news: () => news(signal), async *fill() {} }),
  };
  return dialect;
}

function keeperOf(commit: (items: readonly number[]) => void) {
  let next = 0;
  const keeper: RemoteKeeper<number> = {
    life: () => Promise.resolve("life"),
    begin: () => Promise.resolve(),
    next: () => Promise.resolve(next),
    commit(_line, _of, items) {
      commit(items);
      next += items.length;
      return Promise.resolve();
    },
    check: () => Promise.resolve(),
    gone: () => Promise.resolve(),
  };
  return keeper;
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

Deno.test("what a connection still tells when it has ended is none of the next one's", async () => {
  const late = Promise.withResolvers<void>();
  const isOver = Promise.withResolvers<void>();
  const live = Promise.withResolvers<void>();
  const committed: number[] = [];
  let connections = 0;
  async function* news(signal: AbortSignal) {
    if (++connections === 1) {
      try {
        yield piece(0);
        await late.promise;
        yield piece(5);
      } finally {
        isOver.resolve();
      }
      return;
    }
    await live.promise;
    yield piece(0);
    await ended(signal);
  }
  const keeper = keeperOf((items) => {
    if (connections === 1) throw new LedgerError("remote_invalid", "nonsense");
    committed.push(...items);
  });
  // Nothing waits between two connections.
  const follower = new RemoteFollower(remoteOf(news), keeper, {
    clock: systemClock,
    random: () => 1,
  });
  follower.start();
  await until("it has come back", () => connections === 2);
  late.resolve();
  await within("the first is over", isOver.promise);
  live.resolve();
  await until("the second is taken", () => committed.length > 0);
  await follower.stop();
  assertEquals([connections, committed], [2, [0]]);
});

Deno.test("a remote of whose news nothing can be taken is asked less and less often", async () => {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => 0,
    after(ms, task) {
      waits.push(ms);
      return systemClock.after(0, task);
    },
  };
  async function* news(signal: AbortSignal) {
    yield piece(0);
    await ended(signal);
  }
  const keeper = keeperOf(() => {
    throw new LedgerError("remote_invalid", "nonsense");
  });
  const follower = new RemoteFollower(remoteOf(news), keeper, { clock, random: () => 0 });
  follower.start();
  await until("it has come back some times", () => waits.length > 3);
  await follower.stop();
  assertEquals(waits.slice(0, 4), [64, 128, 256, 512]);
});

Deno.test("what the store has refused is asked for again after a while, though the connection is good", async () => {
  const clock = new FakeClock();
  async function* news(signal: AbortSignal) {
    for (let at = 0; at < 3; at++) yield piece(at);
    await ended(signal);
  }
  let isAllowed = false;
  const committed: number[] = [];
  const keeper = keeperOf((items) => {
    if (!isAllowed) throw new LedgerError("store_refused", "writes are disabled");
    committed.push(...items);
  });
  const follower = new RemoteFollower(remoteOf(news), keeper, { clock, random: () => 1 });
  follower.start();
  await until("it is refused", () => follower.report.refusedLines.size === 1);
  isAllowed = true;
  await until("it is taken", () => {
    clock.advance(1_000);
    return committed.length === 3;
  });
  assertEquals([committed, follower.report.refusedLines.size], [[0, 1, 2], 0]);
  await follower.stop();
});
