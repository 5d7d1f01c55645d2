import { assertEquals } from "@std/assert";
import {
  INBOUND_BURST,
  INBOUND_BYTES,
  INBOUND_PER_SECOND,
  INBOUND_QUEUE,
} from "../../src/kernel/limits.ts";
import { nextTurn } from "../../src/kernel/turn.ts";
import type { CloseReason } from "../../src/sockets/close_codes.ts";
import { Inbound, type Message } from "../../src/sockets/inbound.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withSlowClock } from "../support/turns.ts";
import { until } from "../support/until.ts";

/** An inbound whose handler is the test's, and what came of it. */
class Fixture {
  readonly clock = new FakeClock();
  readonly handled: Message[] = [];
  readonly refused: CloseReason[] = [];
  readonly failed: unknown[] = [];
  isWritable = true;
  blocked = 0;
  handle: (message: Message) => void | Promise<void> = () => {};
  readonly inbound = new Inbound(this.clock, this, {
    handle: (_, message) => {
      this.handled.push(message);
      return this.handle(message);
    },
    isWritable: () => this.isWritable,
    blocked: () => this.blocked++,
    refuse: (_, reason) => this.refused.push(reason),
    failed: (_, error) => this.failed.push(error),
  });

  receive(...messages: Message[]): void {
    for (const message of messages) this.inbound.receive(message);
  }
}

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("messages are handled one after another, in the order they came", async () => {
  const fixture = new Fixture();
  const first = Promise.withResolvers<void>();
  fixture.handle = (message) => message === "a" ? first.promise : undefined;
  fixture.receive("a", "b", "c");
  await settle();
  assertEquals(fixture.handled, ["a"]);
  first.resolve();
  await settle();
  assertEquals(fixture.handled, ["a", "b", "c"]);
});

Deno.test("large messages behind each other leave turns to everybody else", async () => {
  const fixture = new Fixture();
  const large = "x".repeat(20_000);
  await withSlowClock(async () => {
    fixture.receive(...Array<string>(6).fill(large));
    await settle();
  });
  assertEquals(fixture.handled.length, 2);
  await until("all are handled", () => fixture.handled.length === 6);
});

Deno.test("a message that needs no waiting is handled at once", () => {
  const fixture = new Fixture();
  fixture.receive("a", new Uint8Array([1]));
  assertEquals(fixture.handled, ["a", new Uint8Array([1])]);
});

Deno.test("a burst is taken, more than the rate is refused, and time makes up for it", () => {
  const fixture = new Fixture();
  for (let at = 0; at < INBOUND_BURST; at++) fixture.receive("x");
  assertEquals(fixture.refused, []);
  fixture.clock.advance(1_000);
  for (let at = 0; at < INBOUND_PER_SECOND; at++) fixture.receive("x");
  assertEquals(fixture.refused, []);
  // Time saves up no more than a burst.
  fixture.clock.advance(3_600_000);
  for (let at = 0; at < INBOUND_BURST; at++) fixture.receive("x");
  assertEquals(fixture.refused, []);
  fixture.receive("x");
  assertEquals(fixture.refused, ["too_many_messages"]);
});

Deno.test("a clock that steps back gives nothing and takes nothing", () => {
  const fixture = new Fixture();
  fixture.receive("x");
  fixture.clock.now = () => 0;
  for (let at = 1; at < INBOUND_BURST; at++) fixture.receive("x");
  assertEquals(fixture.refused, []);
  fixture.receive("x");
  assertEquals(fixture.refused, ["too_many_messages"]);
});

Deno.test("a message at the size limit is taken, one above is refused", async () => {
  const fixture = new Fixture();
  fixture.receive("x".repeat(INBOUND_BYTES), new Uint8Array(INBOUND_BYTES));
  assertEquals(fixture.refused, []);
  // Each of that size is followed by a turn for others.
  await until("both are handled", () => fixture.handled.length === 2);
  fixture.receive("x".repeat(INBOUND_BYTES + 1));
  assertEquals(fixture.refused, ["message_too_big"]);
  await nextTurn();
});

Deno.test("messages wait while the peer does not take its answers, up to a limit", async () => {
  const fixture = new Fixture();
  fixture.isWritable = false;
  for (let at = 0; at < INBOUND_QUEUE; at++) {
    fixture.receive(`${at}`);
    fixture.clock.advance(10);
  }
  assertEquals([fixture.handled.length, fixture.refused], [0, []]);
  assertEquals(fixture.blocked > 0, true);
  fixture.isWritable = true;
  fixture.inbound.resume();
  await settle();
  assertEquals(fixture.handled.length, INBOUND_QUEUE);
  fixture.isWritable = false;
  for (let at = 0; at <= INBOUND_QUEUE; at++) {
    fixture.clock.advance(10);
    fixture.receive("x");
  }
  assertEquals(fixture.refused, ["too_many_messages"]);
});

Deno.test("after a refusal or a stop nothing more is handled", async () => {
  const fixture = new Fixture();
  const first = Promise.withResolvers<void>();
  fixture.handle = () => first.promise;
  fixture.receive("a", "b", "x".repeat(INBOUND_BYTES + 1), "c");
  first.resolve();
  await settle();
  assertEquals([fixture.handled, fixture.refused], [["a"], ["message_too_big"]]);
  fixture.inbound.stop();
  fixture.receive("d");
  assertEquals(fixture.handled, ["a"]);
});

Deno.test("what a handler throws is told, at once or later", async () => {
  const fixture = new Fixture();
  const error = new Error("no");
  fixture.handle = () => {
    throw error;
  };
  fixture.receive("a");
  fixture.handle = () => Promise.reject(error);
  fixture.receive("b");
  await settle();
  assertEquals(fixture.failed, [error, error]);
});
