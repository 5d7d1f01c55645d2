import { assert, assertEquals, assertLess } from "@std/assert";
import { COMMIT_BYTES, COMMIT_MUTATIONS } from "../../src/kernel/limits.ts";
import type { Mutation } from "../../src/kv/store.ts";
import { headKey, rowKey, segmentKey } from "../../src/log/keys.ts";
import { Log } from "../../src/log/log.ts";
import { producerRow } from "../../src/log/producer.ts";
import { counting, event, inMemory } from "../support/chains.ts";
import { ScriptedStore } from "../support/scripted_store.ts";

/** Checks that every store takes in one commit. */
const CHECKS = 10;

Deno.test("events, head, rows and a producer's number of an append are one commit, checked on the head", async () => {
  await inMemory(async (_, real) => {
    const store = new ScriptedStore(real);
    const commits: Mutation[] = [];
    store.onCommit = (apply, mutation) => {
      commits.push(mutation);
      return apply();
    };
    const log = new Log(store, { projectionOf: () => counting });
    const chain = log.chain("c");
    for (const size of [1, 1_000, 100_000, 600_000]) {
      commits.length = 0;
      const next = (await chain.head())?.next ?? 0;
      const data = "x".repeat(size);
      const producer = { id: `p-${size}`, epoch: 0, seq: 0 };
      await chain.append([event("first"), event(data, "t", ["key"])], { producer });
      assertEquals(commits.length, 1);
      const [commit] = commits;
      assert(commit !== undefined);
      const { checks, sets, deletes } = commit;
      assertEquals(checks.map(({ key }) => key), [headKey("c")]);
      assertLess(checks.length, CHECKS);
      assertLess(sets.length + deletes.length, COMMIT_MUTATIONS);
      let bytes = 0;
      for (const { value } of sets) bytes += value instanceof Uint8Array ? value.length : 1_024;
      assertLess(bytes, COMMIT_BYTES);
      const keys = new Set(sets.map(({ key }) => JSON.stringify(key)));
      const expected = [
        segmentKey("c", next),
        headKey("c"),
        rowKey("c", 0, ["count", "t"]),
        rowKey("c", 0, ["seen", "key"]),
        rowKey("c", 0, producerRow(producer.id)),
      ];
      for (const key of expected) assert(keys.has(JSON.stringify(key)), JSON.stringify(key));
    }
    await log.close();
  });
});
