import { assertEquals } from "@std/assert";
import { framerOf } from "../../src/sockets/frames.ts";
import { SendQueue } from "../../src/sockets/send_queue.ts";
import { Session } from "../../src/sockets/session.ts";
import { events, inMemory } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { until } from "../support/until.ts";

/** Milliseconds that each takes to send; no turn is longer than four. */
const EACH_MS = 0.5;
const PER_TURN = 8;

/** A queue whose time passes while something is sent, and whose turns the test gives. */
class Fixture {
  readonly told: (string | number)[] = [];
  readonly #turns: (() => void)[] = [];
  #now = 0;
  readonly queue = new SendQueue(
    () => this.#now,
    () => new Promise((resolve) => this.#turns.push(resolve)),
  );

  /** Takes half a millisecond, and is noted. */
  work(name: string | number): void {
    this.#now += EACH_MS;
    this.told.push(name);
  }

  add(name: string | number): void {
    this.queue.add({ send: () => this.work(name) });
  }

  get isWaiting(): boolean {
    return this.#turns.length > 0;
  }

  /** Lets it go on after a turn of all others. */
  goOn(): void {
    assertEquals(this.#turns.length, 1);
    this.#turns.shift()?.();
  }
}

const upTo = (count: number) => [...Array(count).keys()];

Deno.test("sockets send in turns of a few milliseconds, in the order in which they were woken", async () => {
  const fixture = new Fixture();
  for (const name of upTo(20)) fixture.add(name);
  assertEquals(fixture.told, []);
  await until("the first turn is over", () => fixture.isWaiting);
  assertEquals(fixture.told, upTo(PER_TURN));
  // Whoever comes meanwhile is last.
  fixture.add("late");
  fixture.goOn();
  await until("the second is", () => fixture.isWaiting);
  assertEquals(fixture.told, upTo(2 * PER_TURN));
  fixture.goOn();
  await until("all have sent", () => fixture.told.length === 21);
  assertEquals(fixture.told, [...upTo(20), "late"]);
  fixture.add("again");
  await until("it begins anew", () => fixture.told.length === 22);
});

Deno.test("a socket that is woken several times sends once, and again if that was meanwhile", async () => {
  const { queue, told } = new Fixture();
  const one = {
    send() {
      told.push("one");
      if (told.length === 1) queue.add(one);
    },
  };
  queue.add(one);
  queue.add(one);
  await until("it has sent twice", () => told.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(told, ["one", "one"]);
});

Deno.test("appends go on while many sockets are told, and who waited is told all of them at once", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("c");
    const fixture = new Fixture();
    const clock = new FakeClock();
    const framer = framerOf((batch, index) => batch.text(index));
    const transports = upTo(100).map(() => new FakeTransport());
    const sessions = transports.map((transport) => {
      Object.assign(transport, { flush: () => fixture.work("flush") });
      return new Session(transport, clock, { closed() {} }, undefined, fixture.queue);
    });
    for (const session of sessions) await session.follow(chain, 0, { framer });
    const all = async (count: number) => {
      await until("all were told", () => {
        if (fixture.isWaiting) fixture.goOn();
        return fixture.told.length === count;
      });
      return fixture.told.splice(0);
    };
    await all(100);

    await chain.append(events(1));
    await until("the first turn is over", () => fixture.isWaiting);
    assertEquals(fixture.told.length, PER_TURN);
    // Nobody is told anything while this waits for its store.
    for (const number of upTo(5)) await chain.append(events(1, 1 + number));
    // 92 sockets have all of it in one write, and the first ones in two.
    await all(100 + PER_TURN);
    for (const { sent } of transports) assertEquals(sent, upTo(6).map(String));
    for (const session of sessions) session.peerClosed();
  });
});
