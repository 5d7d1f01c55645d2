import { assertEquals } from "@std/assert";
import { type PyJson, type PyObject, valueAt } from "../../../src/python/json.ts";
import { Person, signed } from "../shared_bigchaindb/builder.ts";
import { idOf, withLedger } from "../shared_bigchaindb/ledger_api.ts";
import { objectsAt, readVectors, textAt } from "../../support/vectors.ts";

const alice = new Person("alice");
const bob = new Person("bob");

/** A transaction of version 3.0; `spends` are outputs of others, all signed by `by`. */
function draft(
  operation: string,
  assets: PyJson,
  spends: readonly (readonly [PyObject, number])[],
  { by = alice, outputs = [by.output(1)], metadata = null }: {
    readonly by?: Person;
    readonly outputs?: readonly PyObject[];
    readonly metadata?: PyJson;
  } = {},
): PyObject {
  const inputs = spends.map(([tx, outputIndex]) => ({
    by,
    fulfills: { transactionId: idOf(tx), outputIndex },
  }));
  const members = { assets, metadata, version: "3.0" };
  return signed({ operation, members, outputs, inputs: inputs.length === 0 ? [{ by }] : inputs });
}

/** Vectors of which the answer differs from the original's: it broke, or forgot to look. */
const CHANGED = new Set([
  "q01-v3-asset-not-cid",
  "q06-v3-metadata-not-cid",
  "q11-operation-unknown",
]);

Deno.test("the vectors are answered over HTTP to the byte as by Planetmint 2.5.3", async () => {
  await withLedger("planetmint", async ({ api }) => {
    for (const vector of objectsAt(readVectors("planetmint.json"), "vectors")) {
      const name = textAt(vector, "name");
      const { status, body } = await api.post(valueAt(vector, "tx") ?? null);
      if (CHANGED.has(name)) {
        assertEquals([name, status], [name, 400]);
        continue;
      }
      // The original was asked without a database, so it knew of no output that was spent.
      if (body.includes("DoubleSpend")) continue;
      const wanted = [name, valueAt(vector, "post_status"), textAt(vector, "post_body")];
      assertEquals([name, status, body], wanted);
    }
  });
});

Deno.test("transactions and blocks are told in both streams, for readers of either form", async () => {
  await withLedger("planetmint", async ({ api, stream }) => {
    const blocks = await stream("valid_blocks?from_height=1");
    const transactions = await stream("valid_transactions");
    const [a, b] = ["QmA", "QmB"].map((data) => draft("CREATE", [{ data }], []));
    const [idA, idB] = [await api.accept(a ?? {}), await api.accept(b ?? {})];
    const composed = draft("COMPOSE", [{ data: "QmAB" }, { id: idA }, { id: idB }], [
      [a ?? {}, 0],
      [b ?? {}, 0],
    ]);
    const id = await api.accept(composed);
    assertEquals(await transactions.count(3), [
      `{"height": 2, "asset_ids": ["${idA}"], "asset_id": "${idA}", "transaction_id": "${idA}"}`,
      `{"height": 3, "asset_ids": ["${idB}"], "asset_id": "${idB}", "transaction_id": "${idB}"}`,
      `{"height": 4, "asset_ids": ["${id}", "${idA}", "${idB}"], "transaction_id": "${id}"}`,
    ]);
    const [first = "", , , last = ""] = await blocks.count(4);
    assertEquals(first, '{"height": 1, "hash": "", "transaction_ids": [], "offset": 1}');
    const { hash } = JSON.parse(last);
    const shown = `{"app_hash": "${hash}", "height": 4, "transaction_ids": ["${id}"]}\n`;
    assertEquals(await api.text("/api/v1/blocks/4"), shown);
    assertEquals(await api.text("/api/v1/blocks/latest"), shown);
    assertEquals(await api.text(`/api/v1/blocks?transaction_id=${id}`), shown);
    assertEquals(
      await api.text("/api/v1/blocks/?transaction_id=nope", 404),
      '{"message":"Block containing transaction with id: nope not found.","status":404}\n',
    );
    await api.text("/api/v1/blocks/5", 404);
    const ofA = await stream(`valid_transactions?from_height=1&asset_id=${idA}`);
    assertEquals(await ofA.ids(2), [idA, id]);
  });
});

Deno.test("what a DECOMPOSE makes is created from it, and found by asset", async () => {
  await withLedger("planetmint", async ({ api }) => {
    const whole = draft("CREATE", [{ data: "QmWhole" }], [], { metadata: "QmMeta" });
    const id = await api.accept(whole);
    const assets = [{ data: "QmPartA" }, { data: "QmPartB" }, { id }];
    const parts = draft("DECOMPOSE", assets, [[whole, 0]], {
      outputs: [alice.output(1), alice.output(1)],
    });
    const partsId = await api.accept(parts);
    const wrong = draft("CREATE", [{ data: "QmPartA" }], [[parts, 1]]);
    assertEquals(
      await api.refuse(wrong),
      "Invalid transaction (ValidationError): CREATE must have matching asset description with " +
        "input transaction",
    );
    const part = draft("CREATE", [{ data: "QmPartB" }], [[parts, 1]], { outputs: [bob.output(1)] });
    const partId = await api.accept(part);
    const moved = draft("TRANSFER", [{ id: partId }], [[part, 0]], { by: bob });
    const movedId = await api.accept(moved);
    const listed = async (ids: string, more = "") =>
      (await api.get(`/api/v1/transactions/?asset_ids=${ids}${more}`))
        .map((tx: { id: string }) => tx.id);
    assertEquals(await listed(id), [id, partsId]);
    assertEquals(await listed(`${id},${partId}`), [id, partsId, partId, movedId]);
    assertEquals(await listed(`${id},${partId}`, "&operation=TRANSFER"), [movedId]);
    assertEquals(await listed(partId, "&last_tx=true"), [movedId]);
    assertEquals(await api.get("/api/v1/assets/QmPartB"), [{ data: "QmPartB" }, {
      data: "QmPartB",
    }]);
    assertEquals(await api.text("/api/v1/assets/QmPartB?limit=1"), '[{"data": "QmPartB"}]\n');
    // As the driver asks, with a double slash.
    assertEquals(await api.text("/api/v1/assets//QmWhole?limit=0"), '[{"data": "QmWhole"}]\n');
    assertEquals(await api.text("/api/v1/metadata/QmMeta"), '["QmMeta"]\n');
    assertEquals(await api.get("/api/v1/metadata/QmOther"), []);
    await api.text("/api/v1/assets?search=QmWhole", 404);
  });
});

Deno.test("its roots name both streams, and it is on the main port, too", async () => {
  await withLedger("planetmint", async ({ api, main }) => {
    const { host } = new URL(main);
    const { api: { v1 }, software, version } = await (await fetch(`${main}/planetmint`)).json();
    assertEquals([software, version], ["Planetmint", "2.5.1"]);
    const streams = `ws://${host}/planetmint/api/v1/streams`;
    assertEquals([v1.streams, v1.streamedblocks], [
      `${streams}/valid_transactions`,
      `${streams}/valid_blocks`,
    ]);
    assertEquals((await api.get("/api/v1/validators")).length, 1);
    assertEquals(await (await fetch(`${main}/bigchaindb/api/v1/blocks/1`)).json(), {
      height: 1,
      transactions: [],
    });
  });
});
