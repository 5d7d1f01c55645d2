import { assertEquals } from "@std/assert";
import { base58Encode } from "../../../../src/crypto/base58.ts";
import { electionKey } from "../../../../src/ledgers/shared_bigchaindb/rules/elections.ts";
import { base58OfHex } from "../../../../src/page/app/explorers/bigchain/base58.ts";
import type {
  BigchainBlock,
  BigchainTx,
} from "../../../../src/page/app/explorers/bigchain/model.ts";
import { lifeOf, MOST_LANES } from "../../../../src/page/app/explorers/bigchain/life.ts";
import { seekBlock } from "../../../../src/page/app/explorers/bigchain/seek.ts";
import { countElection } from "../../../../src/page/app/explorers/bigchain/votes.ts";

/** A transaction that spends outputs, each as `id:index`, and has so many of its own. */
function tx(id: string, spends: readonly string[], outputs: number): BigchainTx {
  return {
    id,
    operation: spends.length === 0 ? "CREATE" : "TRANSFER",
    version: "2.0",
    inputs: (spends.length === 0 ? [undefined] : spends).map((spent) => {
      const [transaction_id = "", index] = spent?.split(":") ?? [];
      const fulfills = spent === undefined ? null : { transaction_id, output_index: Number(index) };
      return { owners_before: ["k"], fulfills };
    }),
    outputs: Array.from({ length: outputs }, () => ({
      public_keys: ["k"],
      amount: "1",
      condition: { details: { type: "ed25519-sha-256" } },
    })),
    metadata: null,
  };
}

Deno.test("an asset that is handed on stays in its lane", () => {
  const rows = lifeOf([tx("a", [], 1), tx("b", ["a:0"], 1), tx("c", ["b:0"], 1)]);
  assertEquals(rows.map(({ lane, ends, begins }) => [lane, ends, begins]), [
    [0, [], [0]],
    [0, [0], [0]],
    [0, [0], []],
  ]);
  assertEquals(rows.map(({ spentBy }) => spentBy), [["b"], ["c"], [undefined]]);
});

Deno.test("parts run side by side until they are spent, together or each", () => {
  const rows = lifeOf([
    tx("a", [], 3),
    tx("b", ["a:1"], 1),
    tx("c", ["a:0", "b:0"], 1),
  ]);
  assertEquals(rows.map(({ lane, ends, begins, passes }) => ({ lane, ends, begins, passes })), [
    { lane: 0, ends: [], begins: [0, 1], passes: [] },
    { lane: 1, ends: [1], begins: [1], passes: [0] },
    { lane: 0, ends: [0, 1], begins: [], passes: [] },
  ]);
});

Deno.test("no lane is used twice at a time, as long as there are lanes", () => {
  const parts = MOST_LANES - 2;
  const rows = lifeOf([
    tx("a", [], parts),
    ...Array.from({ length: parts }, (_, at) => tx(`b${at}`, [`a:${at}`], 1)),
    ...Array.from({ length: parts }, (_, at) => tx(`c${at}`, [`b${at}:0`], 1)),
  ]);
  for (const { lane, passes } of rows.slice(1)) assertEquals(passes.includes(lane), false);
  assertEquals(rows.at(-1)?.passes, []);
});

Deno.test("votes are what was transferred to the key of the election", () => {
  const id = "00ab".padEnd(64, "1");
  const output = (amount: string, key: string) => ({
    public_keys: [key],
    amount,
    condition: { details: { type: "ed25519-sha-256" } },
  });
  const election = { ...tx(id, [], 0), outputs: [output("10", "a"), output("5", "b")] };
  const vote = (amount: string, key = electionKey(id)) => ({
    ...tx("v", [`${id}:0`], 0),
    operation: "VOTE",
    outputs: [output(amount, key)],
  });
  const counted = (...votes: readonly BigchainTx[]) =>
    countElection(election, [election, ...votes]);
  assertEquals(counted(), { total: 15n, given: 0n, isEnough: false });
  assertEquals(counted(vote("5"), vote("4"), vote("6", "a")).isEnough, false);
  assertEquals(counted(vote("10")), { total: 15n, given: 10n, isEnough: true });
});

Deno.test("base58 is that of the ledger", () => {
  for (const hex of ["00", "0000ff", "61", "00ab".padEnd(64, "1"), "ff".repeat(32)]) {
    assertEquals(base58OfHex(hex), base58Encode(Uint8Array.fromHex(hex)));
  }
});

Deno.test("a block is found in few looks, however uneven the blocks are", async () => {
  let offset = 0;
  const blocks: BigchainBlock[] = Array.from({ length: 2_000 }, (_, at) => {
    offset += 1 + (at % 97 === 0 ? 400 : at % 3);
    return { height: at + 1, hash: "", ids: [], time: 0, offset: offset - 1 };
  });
  for (const wanted of [1, 2, 98, 777, 1_999, 2_000]) {
    let looks = 0;
    const found = await seekBlock(wanted, offset, (from) => {
      looks++;
      return Promise.resolve(blocks.find((block) => block.offset >= from));
    });
    assertEquals([found?.height, looks <= 30], [wanted, true]);
  }
  const none = await seekBlock(
    2_001,
    offset,
    (from) => Promise.resolve(blocks.find((block) => block.offset >= from)),
  );
  assertEquals(none, undefined);
});
