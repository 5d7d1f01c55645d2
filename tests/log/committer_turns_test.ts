import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { type CommitResult, UnknownOutcomeError } from "../../src/kv/store.ts";
import { Committer } from "../../src/log/committer.ts";
import { inMemory } from "../support/chains.ts";
import { chainsOf, names, prepared, whileHeld } from "../support/gated_committer.ts";
import { ScriptedStore } from "../support/scripted_store.ts";
import { until } from "../support/until.ts";

Deno.test("chains that flood keep another waiting for the operation under way, and no longer", async () => {
  await whileHeld(async ({ gate, committer }) => {
    let isOver = false;
    // Only one of these has room in an operation, and there are always four that wait.
    const floods = names(5).map(async (name) => {
      let versionstamp: string | null = null;
      while (!isOver) {
        const end: CommitResult = await committer.commit(
          name,
          prepared(name, 450_000, 8),
          versionstamp,
        );
        versionstamp = end?.versionstamp ?? null;
      }
    });
    let versionstamp: string | null = null;
    for (let at = 1; at <= 10; at++) {
      await gate.reaches(2 * at - 1);
      const small = committer.commit("small", prepared("small"), versionstamp);
      gate.letGo();
      await gate.reaches(2 * at);
      assertEquals(chainsOf(gate.sent[2 * at - 1]).includes("small"), true);
      gate.letGo();
      versionstamp = (await small)?.versionstamp ?? null;
    }
    // And the large ones take turns.
    const large = gate.sent.map((sent) => chainsOf(sent).find((name) => name.startsWith("chain")));
    assertEquals(large.slice(1, 11).toSorted(), [...names(5), ...names(5)].toSorted());
    isOver = true;
    gate.open();
    await Promise.all(floods);
  });
});

Deno.test("a large group is not passed over for ever by smaller ones", async () => {
  await whileHeld(async ({ gate, committer }) => {
    const large = ["a", "b", "c"].map((name) =>
      committer.commit(name, prepared(name, 600_000, 10), null)
    );
    const small = names(250).map((name) => committer.commit(name, prepared(name, 1_000), null));
    gate.open();
    await Promise.all([...large, ...small]);
    assertEquals(gate.sent.slice(1, 4).map((sent) => chainsOf(sent)[0]), ["a", "b", "c"]);
  });
});

Deno.test("of a store that hangs nobody waits for more than two operations", async () => {
  await inMemory(async (_log, store) => {
    const script = new ScriptedStore(store, true);
    const held: ((error: unknown) => void)[] = [];
    script.onCommit = () => new Promise<CommitResult>((_, reject) => held.push(reject));
    const committer = new Committer(script);
    const commit = (name: string) =>
      assertRejects(() => committer.commit(name, prepared(name), null), UnknownOutcomeError);
    const before = names(350).map(commit);
    await until("the first", () => held.length === 1);
    const later = names(50).map((name) => commit(`${name}-later`));
    held[0]?.(new UnknownOutcomeError("no answer"));
    await Promise.all(before);
    await until("the second", () => held.length === 2);
    held[1]?.(new UnknownOutcomeError("no answer"));
    await Promise.all(later);
  });
});

Deno.test("nor does one that is halved, of a store that hangs then", async () => {
  let sent = 0;
  const ends = [
    new LedgerError("too_large", "no"),
    new UnknownOutcomeError("no answer"),
  ];
  await whileHeld(
    async ({ gate, committer }) => {
      const appending = names(64).map((name) => committer.commit(name, prepared(name), null));
      gate.open();
      const told = await Promise.allSettled(appending);
      assertEquals(told.every(({ status }) => status === "rejected"), true);
      assertEquals(gate.sent.map(({ checks }) => checks.length), [1, 64, 32]);
    },
    true,
    (apply) => sent++ === 0 ? apply() : Promise.reject(ends[sent - 2]),
  );
});

Deno.test("to a server several operations go side by side", async () => {
  await whileHeld(async ({ gate, committer }) => {
    const end = committer.commit("second", prepared("second"), null);
    await gate.reaches(2);
    gate.open();
    await end;
  }, false);
});
