import { assertEquals } from "@std/assert";
import { RIVALS_MS, WHOLE_GROUP_TRIES, YIELD_EVERY } from "../../src/kernel/limits.ts";
import { Rivals } from "../../src/log/rivals.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("a chain is left to others for up to as long as a commit took, while there are any", () => {
  const clock = new FakeClock();
  const rivals = new Rivals(clock, () => 0.5, false);
  assertEquals(rivals.pauseMs(8), 0);
  rivals.met(0, 64);
  assertEquals(rivals.pauseMs(8), 4);
  clock.advance(RIVALS_MS);
  assertEquals(rivals.pauseMs(8), 4);
  clock.advance(1);
  assertEquals(rivals.pauseMs(8), 0);
});

Deno.test("who has lost several times takes less at once, and one command at the least", () => {
  const rivals = new Rivals(new FakeClock(), Math.random, true);
  for (let tries = 0; tries < WHOLE_GROUP_TRIES; tries++) {
    assertEquals(rivals.met(tries, 64), Infinity);
  }
  assertEquals(rivals.met(WHOLE_GROUP_TRIES, 64), 32);
  assertEquals(rivals.met(WHOLE_GROUP_TRIES, 1), 1);
});

Deno.test("a chain that others may write is left alone now and then, in case they wait", () => {
  const pauses = (isShared: boolean) => {
    const rivals = new Rivals(new FakeClock(), Math.random, isShared);
    return Array.from({ length: 2 * YIELD_EVERY }, () => rivals.pauseMs(8)).filter(Boolean);
  };
  assertEquals(pauses(true), [8, 8]);
  assertEquals(pauses(false), []);
});
