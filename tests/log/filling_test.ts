import { assertEquals } from "@std/assert";
import type { CommitResult } from "../../src/kv/store.ts";
import { append } from "../../src/log/append.ts";
import { event, inMemory, readAll, TestLog } from "../support/chains.ts";
import { ScriptedStore } from "../support/scripted_store.ts";
import { until } from "../support/until.ts";

/** Bytes at which a group is full, and of a command of which four are enough to make one ready. */
const GROUP = 1_000;
const QUARTER = 200;

for (const isLost of [false, true]) {
  const words = isLost ? "run anew where it is not in" : "made ready meanwhile";
  Deno.test(`what fills a group behind a commit is ${words}, and is heard of after it`, async () => {
    await inMemory(async (_, real) => {
      const store = new ScriptedStore(real);
      const log = new TestLog(store, { groupBytes: GROUP });
      const chain = log.chain("c");
      const held = Promise.withResolvers<void>();
      let commits = 0;
      store.onCommit = async (apply): Promise<CommitResult> => {
        if (++commits === 1) {
          await held.promise;
          if (isLost) return undefined;
        }
        return await apply();
      };
      const runs: number[] = [];
      const ended: number[] = [];
      const put = async (at: number, bytes: number) => {
        const command = append([event(at)]);
        const run: typeof command = (tx) => (runs.push(at), command(tx));
        const { first } = await chain.execute(run, undefined, { bytes });
        assertEquals(first, at);
        ended.push(at);
      };
      const all = [put(0, QUARTER)];
      await until("the first commit", () => commits === 1);
      for (const at of [1, 2, 3]) all.push(put(at, QUARTER));
      // Others do not count, but go with them.
      all.push(put(4, 0));
      await new Promise((resolve) => setTimeout(resolve));
      assertEquals([runs, ended], [[0], []]);
      all.push(put(5, QUARTER));
      await until("the next group", () => runs.length === 6);
      assertEquals([runs, ended, commits], [[0, 1, 2, 3, 4, 5], [], 1]);
      held.resolve();
      await Promise.all(all);
      assertEquals(ended, [0, 1, 2, 3, 4, 5]);
      assertEquals(runs.length, isLost ? 12 : 6);
      assertEquals((await readAll(chain)).map(({ data }) => data), ["0", "1", "2", "3", "4", "5"]);
      await log.close();
    });
  });
}
