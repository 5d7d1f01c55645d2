import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { SOCKET_HIGH_WATER, SOCKET_STALL_MS } from "../../src/kernel/limits.ts";
import type { Chain } from "../../src/log/chain.ts";
import type { Log } from "../../src/log/log.ts";
import type { Follower } from "../../src/log/follower.ts";
import { type Framer, framerOf, oneFrame } from "../../src/sockets/frames.ts";
import type { Message } from "../../src/sockets/inbound.ts";
import { Session } from "../../src/sockets/session.ts";
import type { Source } from "../../src/sockets/source.ts";
import { StallWatch } from "../../src/sockets/stall_watch.ts";
import { events, inMemory } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { until } from "../support/until.ts";

const KIB = 1_024;

/** A frame says which event it is, and has the size of one that matters. */
const large = framerOf((batch, index) => `${batch.text(index)}:`.padEnd(4 * KIB, "x"));
const small = framerOf((batch, index) => `${batch.text(index)}:`);

class Fixture {
  readonly clock = new FakeClock();
  readonly transport = new FakeTransport();
  readonly ended: string[] = [];
  readonly session = new Session(this.transport, this.clock, {
    closed: (_, reason) => this.ended.push(reason),
  });

  /** What the peer was sent, by the number of each event. */
  get numbers(): number[] {
    return this.transport.sent.map((text) => Number(text.slice(0, text.indexOf(":"))));
  }
}

async function withChain(
  count: number,
  body: (chain: Chain, fixture: Fixture, log: Log) => Promise<void>,
): Promise<void> {
  await inMemory(async (log) => {
    const chain = log.chain("c");
    if (count > 0) await chain.append(events(count));
    const fixture = new Fixture();
    await body(chain, fixture, log);
    fixture.session.peerClosed();
  });
}

const upTo = (count: number) => [...Array(count).keys()];

Deno.test("a session sends history and what comes after it, in order and once", async () => {
  await withChain(500, async (chain, fixture) => {
    await fixture.session.follow(chain, 100, { framer: small });
    await chain.append(events(20, 500));
    await until("everything", () => fixture.numbers.length >= 420);
    assertEquals(fixture.numbers, upTo(520).slice(100));
  });
});

Deno.test("a full socket is sent nothing more until its peer has taken most of it", async () => {
  await withChain(400, async (chain, fixture) => {
    const { transport, clock } = fixture;
    transport.isReading = false;
    await fixture.session.follow(chain, 0, { framer: large });
    await until("it is full", () => transport.buffered >= SOCKET_HIGH_WATER);
    const sent = fixture.numbers.length;
    assertLess(transport.buffered, SOCKET_HIGH_WATER + 4 * KIB + 1);
    await chain.append(events(1, 400));
    transport.take(64 * KIB);
    clock.advance(1_000);
    assertEquals(fixture.numbers.length, sent);
    while (fixture.numbers.length < 401) {
      transport.take();
      clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals(fixture.numbers, upTo(401));
    assertEquals(fixture.ended, []);
  });
});

Deno.test("messages that wait for room are handled when there is some, and nothing else has to happen", async () => {
  const { session, transport, clock } = new Fixture();
  transport.isReading = false;
  const handled: Message[] = [];
  session.open({
    async message(message) {
      // An answer that is not there at once, and fills the socket.
      await Promise.resolve();
      handled.push(message);
      session.reply("x".repeat(SOCKET_HIGH_WATER));
    },
  });
  for (const message of ["a", "b", "c"]) session.receive(message);
  for (const expected of [["a"], ["a", "b"], ["a", "b", "c"]]) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    clock.advance(1_000);
    assertEquals(handled, expected);
    transport.take();
    clock.advance(1_000);
  }
  session.peerClosed();
});

Deno.test("a peer that takes nothing for long is let go, and told where to come back", async () => {
  await withChain(400, async (chain, fixture) => {
    const { transport, clock } = fixture;
    transport.isReading = false;
    await fixture.session.follow(chain, 0, { framer: large });
    await until("it is full", () => transport.buffered >= SOCKET_HIGH_WATER);
    clock.advance(SOCKET_STALL_MS - 1_000);
    // A byte is a sign of life.
    transport.take(1);
    clock.advance(SOCKET_STALL_MS - 1_000);
    assertEquals(transport.closed, undefined);
    const next = fixture.numbers.length;
    clock.advance(2_000);
    assertEquals(transport.closed, {
      code: 4000,
      reason: `too slow: come back with the last offset, ${next}`,
    });
    assertEquals([fixture.ended, fixture.session.isOver], [["too_slow"], true]);
    assertEquals([fixture.session.sources, clock.waiting], [0, 0]);
  });
});

Deno.test("how long a peer may stall is for the server to say", async () => {
  await withChain(400, async (chain, { clock, transport }) => {
    const ended: string[] = [];
    const session = new Session(
      transport,
      clock,
      { closed: (_, reason) => ended.push(reason) },
      new StallWatch(clock, 50),
    );
    transport.isReading = false;
    await session.follow(chain, 0, { framer: large });
    await until("it is full", () => transport.buffered >= SOCKET_HIGH_WATER);
    clock.advance(300);
    assertEquals(ended, ["too_slow"]);
  });
});

Deno.test("all full sockets share one timer, and none is left when they have drained", () => {
  const clock = new FakeClock();
  const watch = new StallWatch(clock);
  const transports = [1, 2, 3].map(() => {
    const transport = new FakeTransport();
    transport.isReading = false;
    const session = new Session(transport, clock, { closed: () => {} }, watch);
    session.reply("x".repeat(SOCKET_HIGH_WATER));
    session.receive("x");
    return transport;
  });
  assertEquals(clock.waiting, 1);
  for (const transport of transports) transport.take();
  assertEquals(clock.waiting, 0);
});

Deno.test("a peer with nothing more to come may be silent for ever", async () => {
  await withChain(10, async (chain, fixture) => {
    fixture.transport.isReading = false;
    await fixture.session.follow(chain, 0, { framer: small });
    await until("all", () => fixture.numbers.length === 10);
    fixture.clock.advance(100 * SOCKET_STALL_MS);
    assertEquals(fixture.transport.closed, undefined);
  });
});

Deno.test("a session that waits keeps no page of history", async () => {
  await withChain(400, async (chain, fixture) => {
    let released = 0;
    const attach = chain.attach.bind(chain);
    chain.attach = async (offset: number, wake: () => void): Promise<Follower> => {
      const follower = await attach(offset, wake);
      const release = follower.release.bind(follower);
      follower.release = () => {
        released++;
        release();
      };
      return follower;
    };
    fixture.transport.isReading = false;
    await fixture.session.follow(chain, 0, { framer: large });
    await until("it is full", () => fixture.transport.buffered >= SOCKET_HIGH_WATER);
    fixture.clock.advance(1_000);
    assert(released > 0);
    const seen = fixture.numbers.length;
    fixture.transport.isReading = true;
    fixture.transport.take();
    fixture.clock.advance(100);
    await until("the rest", () => fixture.numbers.length === 400);
    assertEquals(fixture.numbers, upTo(400));
    assertLess(seen, 400);
  });
});

Deno.test("several subscriptions of one slow peer are served in turn", async () => {
  const { session, transport, clock } = new Fixture();
  transport.isReading = false;
  const turns: string[] = [];
  const endless = (name: string): Source => ({
    offset: 0,
    send(to, highWater) {
      if (to.buffered < highWater) turns.push(name);
      while (to.buffered < highWater) to.sendAll(oneFrame(name.padEnd(4 * KIB, "x")));
      return "full";
    },
    release() {},
    close() {},
  });
  for (const name of ["a", "b", "c"]) await session.add(() => Promise.resolve(endless(name)));
  await until("it is full", () => transport.buffered >= SOCKET_HIGH_WATER);
  while (turns.length < 12) {
    transport.take();
    clock.advance(200);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (let at = 0; at < turns.length; at += 3) {
    assertEquals([...turns.slice(at, at + 3)].sort(), ["a", "b", "c"]);
  }
  session.peerClosed();
});

Deno.test("frames that have to be waited for come in order and once", async () => {
  await withChain(50, async (chain, fixture) => {
    const waiting: (() => void)[] = [];
    const framer: Framer = async (batch) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return small(batch);
    };
    await fixture.session.follow(chain, 0, { framer });
    await until("a batch is waited for", () => waiting.length === 1);
    await chain.append(events(10, 50));
    assertEquals(fixture.numbers, []);
    while (fixture.numbers.length < 60) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals(fixture.numbers, upTo(60));
  });
});

Deno.test("a filtered subscription gets what it wants and hears how far it is", async () => {
  await withChain(2_500, async (chain, fixture) => {
    await fixture.session.follow(chain, 0, {
      framer: small,
      matcher: (batch, index) => batch.first + index === 2_000,
      position: (next) => `position ${next}:`,
      caughtUp: (next) => `caught up ${next}:`,
    });
    await until("the end", () => fixture.transport.sent.at(-1)?.startsWith("caught up") === true);
    assertEquals(fixture.transport.sent, ["position 1024:", "2000:", "caught up 2500:"]);
    // What comes later and is not wanted moves it on, and being caught up is no news.
    await chain.append(events(600, 2_500));
    await until("another position", () => fixture.transport.sent.length === 4);
    assertEquals(fixture.transport.sent.at(-1), "position 3025:");
  });
});

Deno.test("a subscription that is closed hears nothing more, and the others do", async () => {
  await withChain(0, async (chain, fixture) => {
    const framer = framerOf((batch, index) => `kept ${batch.text(index)}`);
    const other = await fixture.session.follow(chain, 0, { framer: small });
    await fixture.session.follow(chain, 0, { framer });
    await chain.append(events(1));
    await until("both", () => fixture.transport.sent.length === 2);
    other.close();
    assertEquals(fixture.session.sources, 1);
    await chain.append(events(1, 1));
    await until("one more", () => fixture.transport.sent.length === 3);
    assertEquals(fixture.transport.sent.at(-1), "kept 1");
  });
});

Deno.test("a session over before its subscription was ready keeps none", async () => {
  await withChain(10, async (chain, fixture) => {
    const subscribing = fixture.session.follow(chain, 0, { framer: small });
    fixture.session.peerClosed();
    await subscribing;
    assertEquals([fixture.session.sources, fixture.transport.sent], [0, []]);
    assertEquals(fixture.ended, ["peer"]);
  });
});

Deno.test("what goes wrong closes the socket with its code of the table", async () => {
  const cases: [unknown, number, string][] = [
    [new LedgerError("closed", "x"), 1001, "server is stopping"],
    [new LedgerError("epoch_mismatch", "x"), 4007, "the chain began a new life"],
    [new LedgerError("damaged", "offset 7 is damaged"), 4006, "offset 7 is damaged"],
    [new LedgerError("store_unavailable", "x"), 1013, "try again later"],
    [new Error("secret"), 1011, "internal error"],
  ];
  for (const [error, code, reason] of cases) {
    const { session, transport } = new Fixture();
    session.open({ message: () => Promise.reject(error) });
    session.receive("x");
    await until("it is closed", () => session.isOver);
    assertEquals(transport.closed, { code, reason });
  }
});

Deno.test("a reason is cut to what a close frame can carry", async () => {
  const { session, transport } = new Fixture();
  const message = "ủ".repeat(300);
  session.open({ message: () => Promise.reject(new LedgerError("damaged", message)) });
  session.receive("x");
  await until("it is closed", () => session.isOver);
  const { reason = "" } = transport.closed ?? {};
  assert(new TextEncoder().encode(reason).length <= 123, "the close frame cannot carry it");
  assertStringIncludes(message, reason);
});

Deno.test("a framer that fails closes the socket and tells no stranger why", async () => {
  await withChain(3, async (chain, fixture) => {
    const framer: Framer = () => {
      throw new Error("secret");
    };
    await fixture.session.follow(chain, 0, { framer });
    await until("it is closed", () => fixture.session.isOver);
    assertEquals(fixture.transport.closed, { code: 1011, reason: "internal error" });
  });
});

Deno.test("sources that wait for what is read are asked once for each time it came", async () => {
  const { session } = new Fixture();
  let asked = 0;
  let left = 200;
  const source = (): Source => {
    let pending: Promise<void> | undefined;
    return {
      offset: 0,
      send() {
        asked++;
        if (pending === undefined && left > 0) {
          left--;
          pending = Promise.resolve().then(() => void (pending = undefined));
        }
        return pending ?? "caught_up";
      },
      release() {},
      close() {},
    };
  };
  await Promise.all([1, 2, 3].map(() => session.add(() => Promise.resolve(source()))));
  await until("all is read", () => left === 0);
  assertLess(asked, 1_000);
  session.peerClosed();
});
