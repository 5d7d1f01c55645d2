import { assert, assertEquals, assertThrows } from "@std/assert";
import { SOCKET_HIGH_WATER } from "../../src/kernel/limits.ts";
import type { Chain } from "../../src/log/chain.ts";
import { type ChainHooks, ChainSource } from "../../src/sockets/chain_source.ts";
import { type EventFrames, framerOf } from "../../src/sockets/frames.ts";
import type { Progress } from "../../src/sockets/source.ts";
import { Window } from "../../src/sockets/window.ts";
import { events, inMemory } from "../support/chains.ts";
import { FakeTransport } from "../support/fake_transport.ts";

const framer = framerOf((batch, index) => batch.text(index));
const frames: ChainHooks["frames"] = (batch) => batch.derive(framer);

/** One source on a chain of its own, which is asked when the test says so. */
class Fixture {
  readonly transport = new FakeTransport();
  woken = 0;
  closed = 0;

  private constructor(readonly chain: Chain, readonly source: ChainSource) {}

  static async run(
    count: number,
    hooks: Partial<ChainHooks>,
    body: (fixture: Fixture) => Promise<void>,
    offset = 0,
  ): Promise<void> {
    await inMemory(async (log) => {
      const chain = log.chain("c");
      if (count > 0) await chain.append(events(count));
      const follower = await chain.attach(offset, () => fixture.woken++);
      const source = new ChainSource(follower, { frames, ...hooks }, () => fixture.closed++);
      const fixture = new Fixture(chain, source);
      await body(fixture);
      source.close();
    });
  }

  /** Asks for more until nothing has to be waited for. */
  async send(): Promise<Progress> {
    let progress = this.source.send(this.transport, SOCKET_HIGH_WATER);
    while (progress instanceof Promise) {
      await progress;
      progress = this.source.send(this.transport, SOCKET_HIGH_WATER);
    }
    return progress;
  }

  get sent(): string[] {
    return this.transport.sent;
  }
}

const texts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${from + at}`);

Deno.test("history and what comes after it is sent in order and once", async () => {
  await Fixture.run(3_000, {}, async (fixture) => {
    assert(fixture.source.isBehind);
    assertEquals(await fixture.send(), "caught_up");
    assertEquals([fixture.source.isBehind, fixture.source.offset], [false, 3_000]);
    await fixture.chain.append(events(5, 3_000));
    assert(fixture.woken > 0);
    assertEquals(await fixture.send(), "caught_up");
    assertEquals(await fixture.send(), "caught_up");
    assertEquals(fixture.sent, texts(7, 3_005));
  }, 7);
});

Deno.test("a full socket stops it at a message, and it goes on with the next one", async () => {
  const large = framerOf((batch, index) => batch.text(index).padEnd(10_000));
  await Fixture.run(100, { frames: (batch) => batch.derive(large) }, async (fixture) => {
    fixture.transport.isReading = false;
    while (await fixture.send() === "full") {
      assert(fixture.transport.buffered < SOCKET_HIGH_WATER + 10_000);
      assert(fixture.source.isBehind);
      assertEquals(fixture.source.told, fixture.sent.length);
      fixture.source.release();
      fixture.transport.take();
    }
    assertEquals(fixture.sent.map((text) => text.trim()), texts(0, 100));
  });
});

Deno.test("what has to be made first is asked for again once it is there", async () => {
  let asked = 0;
  const slow = async (batch: Parameters<typeof framer>[0]): Promise<EventFrames> => {
    asked++;
    await Promise.resolve();
    return framer(batch);
  };
  await Fixture.run(10, { frames: (batch) => batch.derive(slow) }, async (fixture) => {
    const progress = fixture.source.send(fixture.transport, SOCKET_HIGH_WATER);
    assert(progress instanceof Promise);
    await progress;
    assertEquals(await fixture.send(), "caught_up");
    assertEquals(fixture.sent, texts(0, 10));
    assert(asked <= 10);
  });
});

Deno.test("a window lets through what it has room for, and events without a message take none", async () => {
  const window = new Window(3, -1, true);
  const even = framerOf((batch, index) => index % 2 === 0 ? batch.text(index) : undefined);
  await Fixture.run(20, { window, frames: (batch) => batch.derive(even) }, async (fixture) => {
    assertEquals(await fixture.send(), "caught_up");
    assertEquals([fixture.sent, fixture.source.isBehind], [["0", "2", "4"], true]);
    assertEquals(await fixture.send(), "caught_up");
    window.acknowledge(2);
    await fixture.send();
    assertEquals(fixture.sent, ["0", "2", "4", "6", "8"]);
    window.acknowledge(8, 100);
    assertEquals(await fixture.send(), "caught_up");
    assertEquals(fixture.sent.at(-1), "18");
    // The last event of all says nothing.
    assertEquals([fixture.source.isBehind, fixture.source.told, fixture.source.offset], [
      false,
      19,
      20,
    ]);
  });
});

Deno.test("a window and a matcher go together: what is not wanted is passed over without room", async () => {
  const window = new Window(1, -1, true);
  const hooks: Partial<ChainHooks> = {
    window,
    matcher: (_, index) => index % 1_000 === 999,
    position: (next) => `position ${next}`,
    caughtUp: (next) => `caught up ${next}`,
  };
  await Fixture.run(1_000, hooks, async (fixture) => {
    await fixture.send();
    assertEquals(fixture.sent, ["999", "caught up 1000"]);
    await fixture.chain.append(events(500, 1_000));
    await fixture.send();
    assertEquals([fixture.source.offset, fixture.sent.at(-1)], [1_500, "caught up 1000"]);
  });
});

Deno.test("being caught up is said once, and again after it was behind", async () => {
  const hooks = { caughtUp: (next: number) => `caught up ${next}` };
  await Fixture.run(2, hooks, async (fixture) => {
    await fixture.send();
    await fixture.chain.append(events(1, 2));
    await fixture.send();
    assertEquals(fixture.sent, ["0", "1", "caught up 2", "2"]);
    fixture.transport.buffered = SOCKET_HIGH_WATER;
    await fixture.chain.append(events(1, 3));
    assertEquals(await fixture.send(), "full");
    fixture.transport.take();
    await fixture.send();
    assertEquals(fixture.sent.slice(4), ["3", "caught up 4"]);
  });
});

Deno.test("a stop is come to between messages, and may be the last thing", async () => {
  const stops: string[] = [];
  const hooks: Partial<ChainHooks> = {
    stopAt: (batch, index) =>
      batch.types.findIndex((_, at) => at >= index && (batch.first + at) % 10 === 5),
    stop: (batch, index, sink) => {
      stops.push(batch.text(index));
      sink.sendAll({ texts: ["stop"] });
      return batch.first + index < 15;
    },
  };
  await Fixture.run(30, hooks, async (fixture) => {
    await fixture.send();
    assertEquals(fixture.sent, [...texts(0, 5), "stop", ...texts(6, 15), "stop"]);
    assertEquals([stops, fixture.source.told], [["5", "15"], 15]);
    await fixture.chain.append(events(1, 30));
    assertEquals(await fixture.send(), "caught_up");
    assertEquals([fixture.sent.length, fixture.closed], [16, 0]);
  });
});

Deno.test("an end is never passed, and may move on", async () => {
  let end = 12;
  let ended = 0;
  const hooks: Partial<ChainHooks> = {
    end: () => end,
    ended: () => {
      ended++;
      return "caught_up";
    },
  };
  await Fixture.run(30, hooks, async (fixture) => {
    await fixture.send();
    assertEquals([fixture.sent, ended], [texts(0, 12), 1]);
    end = 14;
    await fixture.send();
    assertEquals([fixture.sent, ended], [texts(0, 14), 2]);
  });
});

Deno.test("of an event with many messages each is sent once, however often the socket fills", async () => {
  const each = 40;
  const many = (batch: Parameters<typeof framer>[0]): EventFrames => ({
    first: batch.first,
    next: batch.next,
    texts: batch.types.flatMap((_, index) =>
      Array.from({ length: each }, (_, at) => `${batch.text(index)}.${at}`.padEnd(20_000))
    ),
    ends: batch.types.map((_, index) => (index + 1) * each),
  });
  const hooks: Partial<ChainHooks> = {
    frames: (batch) => batch.derive(many),
    pick: (frames, offset, at) => (offset + at) % 2 === 0 ? frames : undefined,
  };
  await Fixture.run(3, hooks, async (fixture) => {
    fixture.transport.isReading = false;
    while (await fixture.send() === "full") fixture.transport.take();
    const wanted = [0, 1, 2].flatMap((offset) =>
      Array.from({ length: each }, (_, at) => [offset, at])
        .filter(([offset = 0, at = 0]) => (offset + offset * each + at) % 2 === 0)
        .map(([offset, at]) => `${offset}.${at}`)
    );
    assertEquals(fixture.sent.map((text) => text.trim()), wanted);
    assertEquals(fixture.source.told, 3);
  });
});

Deno.test("one message for several events is sent whole or not at all", async () => {
  const hooks: Partial<ChainHooks> = {
    frames: (batch, offset) => ({
      texts: [`${offset} to ${batch.next}`],
      first: offset,
      next: batch.next,
      isJoined: true,
    }),
  };
  await Fixture.run(5, hooks, async (fixture) => {
    fixture.transport.buffered = SOCKET_HIGH_WATER;
    assertEquals([await fixture.send(), fixture.sent], ["full", []]);
    fixture.transport.take();
    await fixture.send();
    assertEquals([fixture.sent, fixture.source.told], [["2 to 5"], 5]);
  }, 2);
});

Deno.test("messages of other events than those that are next are an error, and no endless loop", async () => {
  const hooks: Partial<ChainHooks> = { frames: () => ({ texts: [], first: 0, next: 0 }) };
  await Fixture.run(1, hooks, async ({ source, transport }) => {
    const progress = source.send(transport, SOCKET_HIGH_WATER);
    if (progress instanceof Promise) await progress;
    assertThrows(() => source.send(transport, SOCKET_HIGH_WATER));
  });
});

Deno.test("a source that is closed sends nothing more, and says so once", async () => {
  await Fixture.run(5, {}, async (fixture) => {
    fixture.source.close();
    fixture.source.close();
    assertEquals([await fixture.send(), fixture.sent, fixture.closed], ["caught_up", [], 1]);
  });
});
