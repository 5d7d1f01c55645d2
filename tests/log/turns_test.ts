import { assertEquals, assertLessOrEqual } from "@std/assert";
import { TURN_BYTES, TURN_EVENT_BYTES } from "../../src/kernel/limits.ts";
import { append } from "../../src/log/append.ts";
import type { Projection } from "../../src/log/projection.ts";
import { inMemory } from "../support/chains.ts";
import { turnsOf } from "../support/turns.ts";

/** Events that one turn may handle, and the one that fills it. */
const PER_TURN = TURN_BYTES / TURN_EVENT_BYTES + 1;

/** Counts what is applied. */
class Applied implements Projection {
  readonly version = 1;
  count = 0;

  apply(): void {
    this.count++;
  }
}

const small = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ type: "t", data: String(at % 10) }));

Deno.test("one append of very many events leaves turns to others", async () => {
  await inMemory(async (log) => {
    const applied = new Applied();
    const chain = log.chain("c", applied);
    const follower = await chain.attach(0, () => {});
    const events = small(120_000);
    const { most } = await turnsOf(() => chain.append(events), () => applied.count);
    assertEquals(applied.count, events.length);
    assertLessOrEqual(most, PER_TURN);
    assertEquals((await chain.head())?.next, events.length);
    follower.close();
  });
});

Deno.test("a group of very many commands leaves turns to others", async () => {
  await inMemory(async (log) => {
    const applied = new Applied();
    const chain = log.chain("c", applied);
    const commands = small(10_000).map((event) => append([event]));
    const run = () => Promise.all(commands.map((command) => chain.execute(command)));
    const { most } = await turnsOf(run, () => applied.count);
    assertEquals(applied.count >= commands.length, true);
    assertLessOrEqual(most, PER_TURN);
  });
});

Deno.test("events that a command takes back leave no row behind, however often it set one", async () => {
  await inMemory(async (log) => {
    const rows: Projection = {
      version: 1,
      apply: ({ data }, rows) => rows.set(["last"], String(data)),
    };
    const chain = log.chain("c", rows);
    await chain.append([{ type: "t", data: "kept" }]);
    await chain.execute(async (tx) => {
      await append(small(5_000))(tx);
      throw new Error("taken back");
    }).catch(() => {});
    assertEquals(await chain.row(["last"]), "kept");
    await chain.append([{ type: "t", data: "next" }]);
    assertEquals(await chain.row(["last"]), "next");
  });
});
