import { assertEquals } from "@std/assert";
import { subnetOf } from "../../../src/kernel/address.ts";
import { OwnCounts } from "../../../src/kernel/address_counts.ts";
import {
  clearColumn,
  countsMemory,
  SharedCounts,
} from "../../../src/server/threads/shared_counts.ts";
import { rateMemory, SharedRate } from "../../../src/server/threads/shared_rate.ts";
import { RateLimit } from "../../../src/web/rate_limit.ts";
import { ClientSocket } from "../../support/client_socket.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { Prng } from "../../support/prng.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { handshakeStatus } from "../../support/raw_socket.ts";
import { inThreads, NUMBERS, onEveryThread } from "../../support/threads/in_threads.ts";
import { until } from "../../support/until.ts";

for (const threads of NUMBERS) {
  Deno.test(`the places of a server are one number, whichever of ${threads} threads have them`, async () => {
    await inThreads(
      async ({ native }) => {
        const sockets: ClientSocket[] = [];
        for (let place = 0; place < 8; place++) sockets.push(await ClientSocket.open(native));
        const refused = await onEveryThread(() => handshakeStatus(native, "/ws"));
        assertEquals(new Set(refused), new Set([503]));
        await sockets.pop()?.close();
        await until("the place is free", async () => {
          try {
            sockets.push(await ClientSocket.open(native));
            return true;
          } catch {
            return false;
          }
        });
        assertEquals(await handshakeStatus(native, "/ws"), 503);
        await Promise.all(sockets.map((socket) => socket.close()));
      },
      ["--max-connections=8"],
      { threads },
    );
  });

  Deno.test(`an address has its requests once, over all ${threads} threads`, async () => {
    await inThreads(
      async ({ native }) => {
        const statuses: number[] = [];
        const begun = performance.now();
        for (let time = 0; time < 40; time++) {
          statuses.push((await rawRequest(native, "GET", "/health")).status);
        }
        const seconds = (performance.now() - begun) / 1_000;
        const passed = statuses.filter((status) => status === 200).length;
        assertEquals(new Set(statuses).has(429), passed < 40);
        // A bucket, and what flowed into it meanwhile.
        assertEquals(passed >= 10 && passed <= 10 + Math.ceil(10 * seconds), true, `${passed}`);
      },
      ["--requests-per-second=10"],
      { threads },
    );
  });
}

Deno.test("a rate over threads lets through what one of a single thread does", () => {
  const random = new Prng(7);
  for (const perSecond of [1, 3, 100, 1_000_000]) {
    const clock = new FakeClock();
    const one = new RateLimit(clock, perSecond);
    const memory = rateMemory();
    const threads = [0, 1, 2].map(() => new SharedRate(memory, clock, perSecond));
    for (let time = 0; time < 2_000; time++) {
      if (random.chance(0.3)) clock.advance(random.below(400));
      const address = `192.0.2.${random.below(3)}`;
      const own = one.take(address);
      const shared = threads[random.below(3)]?.take(address);
      assertEquals(shared === 0, own === 0, `${perSecond} a second, request ${time}`);
    }
  }
});

Deno.test("counts of threads are those of one, and a thread that is gone has none", () => {
  const random = new Prng(11);
  const memory = countsMemory(3);
  const threads = [0, 1, 2].map((column) => new SharedCounts(memory, column));
  const one = new OwnCounts();
  const held: { thread: number; network: string | undefined; isForwarded: boolean }[] = [];
  const networks = Array.from({ length: 20 }, (_, at) => subnetOf(`192.0.2.${at}`));
  for (let step = 0; step < 5_000; step++) {
    if (random.chance(0.45) && held.length > 0) {
      const [{ thread, network, isForwarded }] = held.splice(random.below(held.length), 1) as [
        (typeof held)[number],
      ];
      for (const counts of [threads[thread], one]) {
        if (isForwarded) counts?.withdraw(network ?? "");
        else counts?.remove(network);
      }
      continue;
    }
    const network = random.chance(0.1) ? undefined : networks[random.below(20)];
    const isForwarded = network !== undefined && random.chance(0.2);
    const thread = random.below(3);
    held.push({ thread, network, isForwarded });
    for (const counts of [threads[thread], one]) {
      if (isForwarded) counts?.forward(network);
      else counts?.add(network);
    }
    assertEquals(threads[0]?.total, one.total);
    for (const name of networks) assertEquals(threads[1]?.of(name), one.of(name));
  }
  for (const { thread, network, isForwarded } of held.filter((each) => each.thread === 2)) {
    assertEquals(thread, 2);
    if (isForwarded) one.withdraw(network ?? "");
    else one.remove(network);
  }
  clearColumn(memory, 2);
  assertEquals(threads[0]?.total, one.total);
  for (const name of networks) assertEquals(threads[0]?.of(name), one.of(name));
});
