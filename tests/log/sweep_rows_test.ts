import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { baseRows } from "../../src/log/base_rows.ts";
import { rowsRange } from "../../src/log/keys.ts";
import { sweepRows } from "../../src/log/sweep_rows.ts";
import { dyingStore } from "../support/changed_store.ts";
import { counting, event, inMemory, TestLog } from "../support/chains.ts";

const cuttable = { ...counting, mayBeCut: true };

Deno.test("rows of a copy that was killed as it began are swept, and no others", async () => {
  await inMemory(async (log, store) => {
    const always = () => Promise.resolve(true);
    for (const name of ["a", "z"]) {
      const chain = log.chain(name, cuttable);
      for (let at = 0; at < 40; at++) await chain.append([event("0123456789", "t", [`k${at}`])]);
      await chain.cut(
        { before: -Infinity, bytes: 100, isWanted: always, counts: () => true },
        always,
      );
    }
    const chain = log.chain("a");
    const { base, epoch = "", next = 0 } = await chain.head() ?? {};
    if (base === undefined) throw new Error("it was not cut");
    const keys = async () => (await store.list(rowsRange(), 10_000)).map(({ key }) => key);
    const before = await keys();
    const dying = new TestLog(dyingStore(store, 1));
    const rows = baseRows(store, "a", base);
    const none = async function* () {};
    const copy = dying.chain("copy", cuttable);
    await assertRejects(
      () => copy.import({ epoch, next, form: undefined, base, rows }, none()),
      LedgerError,
      "killed",
    );
    await dying.close();
    assertEquals((await keys()).some(([, name]) => name === "copy"), true);
    await sweepRows(store);
    assertEquals(await keys(), before);
  });
});
