import { parsed } from "../shared_bigchaindb/rules.ts";
import { assert, assertEquals } from "@std/assert";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import type { Dialect } from "../../../src/ledgers/shared_bigchaindb/chain/dialect.ts";
import { inMemory } from "../../support/chains.ts";
import { Person, signed } from "../shared_bigchaindb/builder.ts";
import { create, idOf, transfer, withLedger } from "../shared_bigchaindb/ledger_api.ts";
import { withService } from "../shared_bigchaindb/with_service.ts";

const alice = new Person("alice");
const bob = new Person("bob");
const carol = new Person("carol");

Deno.test("transactions that arrive together share blocks, and none is lost in any mode", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const client = await stream("valid_transactions");
    const made = Array.from({ length: 90 }, (_, n) => create(alice, { n }));
    const modes = ["async", "sync", "commit"];
    const answers = await Promise.all(made.map((tx, n) => api.post(tx, modes[n % 3])));
    assertEquals(new Set(answers.map(({ status }) => status)), new Set([202]));
    const ids = await client.ids(made.length);
    assertEquals(ids.toSorted(), made.map(idOf).sort());
    const heights = client.texts.map((text) => JSON.parse(text).height);
    assertEquals(heights, heights.toSorted((a, b) => a - b));
    assertEquals(new Set(heights).size, heights.at(-1) - 1);
    assert(new Set(heights).size < made.length);
    const { transactions } = await api.get(`/api/v1/blocks/${heights.at(-1)}`);
    const inLast = ids.filter((_, at) => heights[at] === heights.at(-1));
    assertEquals(transactions.map(({ id }: { id: string }) => id), inLast);
  });
});

Deno.test("a block is found by its height, however many follow it", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const ids: string[] = [];
    for (let n = 0; n < 130; n++) ids.push(await api.accept(create(alice, { n })));
    const heights = [1, 2, 3, 62, 63, 64, 65, 126, 127, 128, 129, 131];
    for (const height of heights) {
      const { transactions } = await api.get(`/api/v1/blocks/${height}`);
      // The first block is empty, and each of the others has one.
      const expected = height === 1 ? [] : [ids[height - 2]];
      assertEquals(transactions.map(({ id }: { id: string }) => id), expected, `${height}`);
    }
    await api.text("/api/v1/blocks/132", 404);
  });
});

Deno.test("of transfers of one output that are posted at once one is accepted", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const client = await stream("valid_transactions?from_height=1&operation=TRANSFER");
    const made = create(alice, null);
    const id = await api.accept(made);
    const transfers = [bob, carol, alice].map((to) => transfer(alice, made, [to.output(1)]));
    const answers = await Promise.all(transfers.map((tx) => api.post(tx)));
    const refused = answers.filter(({ status }) => status !== 202);
    const message = `Invalid transaction (DoubleSpend): input \`${id}\` was already spent`;
    const body = `{"message":"${message}","status":400}\n`;
    assertEquals(refused, [{ status: 400, body }, { status: 400, body }]);
    const [accepted] = await client.ids(1);
    assertEquals(accepted, idOf(transfers[answers.findIndex((each) => each.status === 202)] ?? {}));
    const same = create(bob, { same: true });
    const twice = await Promise.all([api.post(same), api.post(same)]);
    assertEquals(twice.map(({ status }) => status).sort(), [202, 400]);
  });
});

Deno.test("a transaction that no block can hold is refused as by the original", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const message = "Invalid Request - Error reading request body: http: request body too large";
    const large = create(alice, { text: "x".repeat(750_000) });
    assertEquals(await api.refuse(large, 500), message);
    await api.accept(create(alice, { text: "x".repeat(700_000) }));
    assertEquals((await api.get(`/api/v1/blocks?transaction_id=${idOf(large)}`)).length, 0);
  });
});

Deno.test("transactions that are large together are spread over blocks", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const owners = Array.from({ length: 200 }, (_, n) => new Person(`owner ${n}`));
    const outputs = owners.map((owner) => owner.output(1));
    const made = Array.from({ length: 8 }, (_, n) => create(alice, { n }, { outputs }));
    const answers = await Promise.all(made.map((tx) => api.post(tx)));
    assertEquals(answers.map(({ status }) => status), made.map(() => 202));
    const [first] = owners;
    assert(first !== undefined);
    const found = await api.get(`/api/v1/outputs?public_key=${first.publicKey}`);
    assertEquals(found.length, made.length);
  });
});

Deno.test("outputs are divided, joined and spent by several signers", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const made = create(alice, { divisible: true }, {
      outputs: [alice.output(6), bob.output(4)],
    });
    const id = await api.accept(made);
    const joined = signed({
      operation: "TRANSFER",
      members: { asset: { id }, version: "2.0" },
      outputs: [carol.output(9), carol.output(1)],
      inputs: [alice, bob].map((by, outputIndex) => ({
        by,
        fulfills: { transactionId: id, outputIndex },
      })),
    });
    await api.accept(joined);
    const spend = (outputIndex: number, amount: number) =>
      transfer(carol, joined, [alice.output(amount)], { assetId: id, outputIndex });
    assertEquals(
      await api.refuse(spend(0, 8)),
      "Invalid transaction (AmountError): The amount used in the inputs `9` needs to be same as " +
        "the amount used in the outputs `8`",
    );
    await api.accept(spend(0, 9));
    assertEquals(
      await api.refuse(spend(0, 9)),
      `Invalid transaction (DoubleSpend): input \`${idOf(joined)}\` was already spent`,
    );
    await api.accept(spend(1, 1));
    assertEquals((await api.get(`/api/v1/transactions?asset_id=${id}`)).length, 4);
  });
});

Deno.test("a transaction that breaks the server does not take those beside it along", async () => {
  const bad = create(alice, { bad: true });
  const breaking: Dialect = {
    ...bigchaindbDialect,
    check(transaction, state) {
      if (transaction.id === idOf(bad)) throw new TypeError("a fault of the server's own");
      return bigchaindbDialect.check(transaction, state);
    },
  };
  await inMemory((_, store) =>
    withService(store, breaking, async (service) => {
      const batch = [1, 2, bad, 3, 4].map((n) => typeof n === "number" ? create(alice, { n }) : n);
      const ended = await Promise.allSettled(
        batch.map((tx) => service.submit(parsed(breaking, tx))),
      );
      assertEquals(ended.map(({ status }) => status === "fulfilled"), [
        true,
        true,
        false,
        true,
        true,
      ]);
    })
  );
});
