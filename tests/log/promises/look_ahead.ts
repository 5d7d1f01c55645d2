import { assertEquals } from "@std/assert";
import type { Promises } from "../promises.ts";
import { counting, event, TestLog, withLog } from "../../support/chains.ts";

export const lookAheadPromises: Promises = {
  "what is read ahead is never older than what the command is run on": async (place) => {
    await withLog(place, async (log, store) => {
      const other = new TestLog(store);
      const chains = [log, other].map((each) => each.chain("ahead", counting));
      const name = ["count", "t"];
      const counts = await Promise.all(
        Array.from({ length: 600 }, (_, at) =>
          chains[at % 5 === 0 ? 1 : 0]?.execute(async (tx) => {
            const count = await tx.get<number>(name) ?? 0;
            await tx.emit(event(at));
            return count;
          }, async (rows) => await rows.get(name))),
      );
      assertEquals(counts.toSorted((a = 0, b = 0) => a - b), [...Array(600).keys()]);
      const failing = chains[0]?.execute(
        (tx) => tx.get(name),
        () => Promise.reject(new Error("x")),
      );
      assertEquals(await failing, 600);
      await other.close();
    });
  },
};
