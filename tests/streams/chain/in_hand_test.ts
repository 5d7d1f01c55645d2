import { assertEquals, assertRejects } from "@std/assert";
import { InHand } from "../../../src/streams/chain/in_hand.ts";

const KIB = 1024;

Deno.test("large bodies are in hand up to a bound, in the order they came; small ones never wait", async () => {
  const inHand = new InHand();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const tasks = Array.from({ length: 10 }, (_, at) =>
    inHand.run(700 * KIB, async () => {
      begun.push(at);
      await new Promise<void>((end) => ends.push(end));
      if (at === 4) throw new Error("refused");
      return at;
    }));
  await Promise.resolve();
  assertEquals(begun, [0, 1]);
  assertEquals(await inHand.run(60 * KIB, () => Promise.resolve("small")), "small");
  const refused = assertRejects(() => tasks[4] ?? Promise.resolve(), Error, "refused");
  for (let ended = 0; ended < 10; ended++) {
    ends[ended]?.();
    await (ended === 4 ? refused : tasks[ended]);
    assertEquals(begun, Array.from({ length: Math.min(10, ended + 3) }, (_, at) => at));
  }
});

Deno.test("what is larger than the bound has it for itself", async () => {
  const inHand = new InHand();
  const order: string[] = [];
  await Promise.all([
    inHand.run(900 * KIB, () => Promise.resolve(order.push("one"))),
    inHand.run(9_000 * KIB, () => Promise.resolve(order.push("huge"))),
    inHand.run(900 * KIB, () => Promise.resolve(order.push("two"))),
  ]);
  assertEquals(order, ["one", "huge", "two"]);
});
