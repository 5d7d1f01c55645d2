import { assertEquals } from "@std/assert";
import { nextTurn, Pace } from "../../src/kernel/turn.ts";

Deno.test("work gives a turn once it has held the thread for its time, and not before", async () => {
  let ms = 0;
  const pace = new Pace(10, 5, () => ms);
  assertEquals([pace.spend(9), pace.isDue], [undefined, false]);
  ms = 4;
  // It looks, and has time left.
  assertEquals(pace.spend(1), undefined);
  ms = 5;
  assertEquals([pace.spend(9), pace.isDue], [undefined, true]);
  const turn = pace.spend(1);
  assertEquals(turn instanceof Promise, true);
  await turn;
  // The time begins anew with the turn.
  assertEquals([pace.isDue, pace.spend(10)], [false, undefined]);
  await pace.give();
});

Deno.test("of those that wait for a turn one is let on in each", async () => {
  let letOn = 0;
  const seen = await Promise.all([1, 2, 3].map(async () => {
    await nextTurn();
    letOn++;
    // Whoever is let on in the same turn comes before this.
    for (let at = 0; at < 10; at++) await Promise.resolve();
    return letOn;
  }));
  assertEquals(seen, [1, 2, 3]);
});
