import { assertEquals } from "@std/assert";
import { LimitedQueue } from "../../../../src/ledgers/hathor/sockets/admin/limited_queue.ts";
import type { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import { ACCEPTED, connect, HISTORY, subscribe, withWorld } from "../support/admin_client.ts";
import { addressOf, testNetwork } from "../support/builder.ts";
import type { SocketWorld } from "../support/socket_world.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

const BALANCE = "wallet:balance_updated";

/** Mines for an address that the socket hears of, which nothing holds back. */
async function mine(world: SocketWorld, count: number, ...sockets: ClientSocket[]) {
  const before = sockets.map((socket) => socket.of(HISTORY).length);
  const blocks = [];
  for (let at = 0; at < count; at++) blocks.push((await world.mine(1)).hash);
  for (const [at, socket] of sockets.entries()) {
    await until("every history", () => socket.of(HISTORY).length === (before[at] ?? 0) + 2 * count);
  }
  return blocks;
}

/** Which of the blocks were told, and whether they had waited. */
function told(socket: ClientSocket, blocks: readonly string[]): string[] {
  return socket.of(ACCEPTED).map(({ tx_id, throttled }) => {
    return `${blocks.indexOf(tx_id)}${throttled ? " late" : ""}`;
  });
}

function numbers(first: number, last: number, end = ""): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}${end}`);
}

/** Moves time on until nothing waits, and tells for how long that was. */
function drain(clock: FakeClock, timers: number): number {
  const begin = clock.now();
  while (clock.waiting > timers) clock.advance(100);
  return clock.now() - begin;
}

Deno.test("with the real node's throttle a burst comes in part, late or not at all, to all alike", async () => {
  await withWorld(async (world, clock) => {
    const sockets = [await connect(world), await connect(world)] as const;
    for (const socket of sockets) await socket.ask(subscribe(world, 1));
    const timers = clock.waiting;
    const blocks = await mine(world, 60, ...sockets);
    for (const socket of sockets) assertEquals(told(socket, blocks), numbers(0, 19));
    // There is room for ten a second; twenty wait, and the others are lost.
    clock.advance(99);
    assertEquals(sockets[0].of(ACCEPTED).length, 20);
    assertEquals(drain(clock, timers), 2_000);
    const wanted = [...numbers(0, 19), ...numbers(40, 58, " late"), "59"];
    for (const socket of sockets) {
      await socket.count(ACCEPTED, wanted.length);
      assertEquals(told(socket, blocks), wanted);
    }
    // The bucket is full still, and empty after two seconds.
    const more = await mine(world, 1, ...sockets);
    clock.advance(100);
    await sockets[1].count(ACCEPTED, wanted.length + 1);
    assertEquals(told(sockets[1], more).at(-1), "0");
    clock.advance(2_000);
    const last = await mine(world, 21, ...sockets);
    assertEquals(told(sockets[0], last).slice(-20), numbers(0, 19));
    await Promise.all(sockets.map((socket) => socket.close()));
    // What waits for nobody is forgotten.
    await until("no timer", () => clock.waiting === 0);
  }, { admin: { isThrottled: true } });
});

Deno.test("balances of the node's wallet are held back by a limit of their own", async () => {
  const wallet = { addresses: [addressOf(testNetwork(), 1)] };
  await withWorld(async (world, clock) => {
    const socket = await connect(world);
    await socket.ask(subscribe(world, 1));
    const timers = clock.waiting;
    await mine(world, 8, socket);
    await until("all blocks", () => socket.of(ACCEPTED).length === 8);
    assertEquals(socket.of("wallet:output_received").length, 8);
    assertEquals(socket.of(BALANCE).map(({ throttled }) => throttled), [false, false, false]);
    clock.advance(400);
    clock.advance(400);
    assertEquals((await socket.count(BALANCE, 5)).length, 5);
    assertEquals(drain(clock, timers), 400);
    const late = (await socket.count(BALANCE, 6)).map(({ throttled }) => throttled);
    assertEquals(late.slice(3), [true, true, false]);
    assertEquals(socket.of(BALANCE).at(-1).balance.available, 8 * 6400);
    await socket.close();
  }, { admin: { isThrottled: true, wallet } });
});

Deno.test("a clock that is set back holds nothing back for longer than the limit does", () => {
  const clock = new FakeClock();
  const limit = { most: 2, perMs: 1_000, waiting: 2, everyMs: 100 };
  const queue = new LimitedQueue(clock, limit, () => {});
  assertEquals([queue.take(), queue.take(), queue.take()], [true, true, false]);
  clock.advance(-YEAR_MS);
  assertEquals(queue.take(), false);
  clock.advance(1_000);
  assertEquals([queue.take(), queue.take(), queue.take()], [true, true, false]);
});
