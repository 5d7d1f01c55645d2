import { assert, assertEquals } from "@std/assert";
import { base58Encode } from "../../../src/crypto/base58.ts";
import { conditionUriOf, type Fulfillment } from "../../../src/crypto/conditions/fulfillment.ts";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { atOnce } from "../../../src/kernel/steps.ts";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import {
  lastBlock,
  transactionText,
} from "../../../src/ledgers/shared_bigchaindb/chain/queries.ts";
import { ownedPrefix } from "../../../src/ledgers/shared_bigchaindb/chain/rows.ts";
import type { BigchainService } from "../../../src/ledgers/shared_bigchaindb/chain/service.ts";
import { modelOfDetails } from "../../../src/ledgers/shared_bigchaindb/transaction/model.ts";
import type { RowKey } from "../../../src/log/keys.ts";
import type { PyObject } from "../../../src/python/json.ts";
import { writeSpacedAsciiJson } from "../../../src/python/json_write.ts";
import { inMemory } from "../../support/chains.ts";
import { ScriptedStore } from "../../support/scripted_store.ts";
import { Person, signed } from "./builder.ts";
import { create, idOf, withLedger } from "./ledger_api.ts";
import { withService } from "./with_service.ts";

// A transaction may have as many inputs and outputs as the original's limit of bytes lets it: about
// 2,100. Their rows are more than one operation of a store holds.

const alice = new Person("alice");
const bob = new Person("bob");

/** Spends the first `count` outputs of `of`. */
function gathered(of: PyObject, count: number, outputs: readonly PyObject[]): PyObject {
  return signed({
    operation: "TRANSFER",
    members: { asset: { id: idOf(of) }, metadata: null, version: "2.0" },
    outputs,
    inputs: Array.from({ length: count }, (_, outputIndex) => ({
      by: alice,
      fulfills: { transactionId: idOf(of), outputIndex },
    })),
  });
}

Deno.test("a transaction of 2,150 outputs is taken, and one that spends them all", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    const told = await stream("valid_transactions");
    const key = `/api/v1/outputs?public_key=${alice.publicKey}`;
    const many = create(alice, { a: 1 }, {
      outputs: Array.from({ length: 2_150 }, () => alice.output(1)),
    });
    await api.accept(many);
    assertEquals((await api.get(`${key}&spent=false`)).length, 2_150);
    const moved = gathered(many, 2_150, [bob.output(2_150)]);
    const size = writeSpacedAsciiJson(moved).length;
    assert(size > 740_000, `${size}`);
    await api.accept(moved);
    assertEquals((await api.get(`${key}&spent=true`)).length, 2_150);
    assertEquals(await api.get(`${key}&spent=false`), []);
    const again = gathered(many, 1, [bob.output(1)]);
    assertEquals(
      await api.refuse(again),
      `Invalid transaction (DoubleSpend): input \`${idOf(many)}\` was already spent`,
    );
    assertEquals(await told.ids(2), [many, moved].map(idOf));
    assertEquals(
      (await api.get(`/api/v1/transactions?asset_id=${idOf(many)}`)).map((
        { id }: { id: string },
      ) => id),
      [many, moved].map(idOf),
    );
  });
});

Deno.test("the limit is the original's, to the byte", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const of = (chars: number) => {
      const empty = create(alice, null, { metadata: { note: "" } });
      const more = chars - writeSpacedAsciiJson(empty).length;
      return create(alice, null, { metadata: { note: "x".repeat(more) } });
    };
    const id = await api.accept(of(749_913));
    assertEquals((await api.text(`/api/v1/transactions/${id}`)).length, 749_914);
    assertEquals(
      await api.refuse(of(749_914), 500),
      "Invalid Request - Error reading request body: http: request body too large",
    );
  });
});

/** An output that any one of many keys can spend. */
function sharedOutput(keys: readonly Uint8Array[]): PyObject {
  const details: Fulfillment = {
    type: "threshold-sha-256",
    threshold: 1,
    subfulfillments: keys.map((publicKey) => ({
      type: "ed25519-sha-256",
      publicKey,
      signature: undefined,
    })),
    subconditions: [],
  };
  return {
    public_keys: keys.map(base58Encode),
    condition: { details: modelOfDetails(details), uri: conditionUriOf(details) ?? "" },
    amount: "1",
  };
}

Deno.test("an output of 3,000 owners is taken, and found by each of them", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const keys = Array.from({ length: 3_000 }, (_, at) => {
      const key = new Uint8Array(32).fill(7);
      new DataView(key.buffer).setUint32(28, at);
      return key;
    });
    const made = create(alice, null, { outputs: [sharedOutput(keys), alice.output(1)] });
    await api.accept(made);
    for (const at of [0, 499, 500, 2_999]) {
      const owner = base58Encode(keys[at] ?? new Uint8Array());
      const found = await api.get(`/api/v1/outputs?public_key=${owner}`);
      assertEquals(found, [{ transaction_id: idOf(made), output_index: 0 }]);
    }
  });
});

Deno.test("a part of a DECOMPOSE may have any length, and is created from its own alone", async () => {
  await withLedger("planetmint", async ({ api }) => {
    const draft = (operation: string, assets: readonly PyObject[], of?: PyObject, index = 0) =>
      signed({
        operation,
        members: { assets, metadata: null, version: "3.0" },
        outputs: assets.map(() => alice.output(1)),
        inputs: [{
          by: alice,
          ...(of === undefined
            ? {}
            : { fulfills: { transactionId: idOf(of), outputIndex: index } }),
        }],
      });
    const whole = draft("CREATE", [{ data: "QmWhole" }]);
    await api.accept(whole);
    const [a, b] = ["\u0001".repeat(60_000), "é".repeat(60_000)];
    const split = draft(
      "DECOMPOSE",
      [{ data: a ?? "" }, { data: b ?? "" }, { id: idOf(whole) }],
      whole,
    );
    await api.accept(split);
    assertEquals(
      await api.refuse(draft("CREATE", [{ data: a ?? "" }], split, 1)),
      "Invalid transaction (ValidationError): CREATE must have matching asset description with " +
        "input transaction",
    );
    await api.accept(draft("CREATE", [{ data: b ?? "" }], split, 1));
  });
});

Deno.test("a large transaction that is cut off anywhere is in whole or not at all, and may be sent again", async () => {
  const COUNT = 700;
  const outputs = Array.from({ length: COUNT }, () => alice.output(1));
  const many = create(alice, null, { outputs });
  const moved = gathered(many, COUNT, [bob.output(COUNT)]);
  const post = async (service: BigchainService, json: PyObject) =>
    "height" in await service.submit(atOnce(bigchaindbDialect.parsing(json)));
  const isIn = async ({ chain }: BigchainService) => {
    const count = async (key: RowKey) => (await chain.rows(key, 10_000)).length;
    const isThere = await transactionText(chain, idOf(moved)) !== undefined;
    const found = [
      await count(ownedPrefix(alice.publicKey, false)),
      await count(ownedPrefix(alice.publicKey, true)),
      await count(ownedPrefix(bob.publicKey, false)),
      (await lastBlock(chain)).height,
    ];
    assertEquals(found, isThere ? [0, COUNT, 1, 3] : [COUNT, 0, 0, 2]);
    assertEquals(await chain.compareRows(), undefined);
    return isThere;
  };
  const seen = new Set<boolean>();
  for (let cut = 0, isOver = false; !isOver; cut++) {
    await inMemory(async (_, real) => {
      const store = new ScriptedStore(real);
      await withService(store, bigchaindbDialect, async (service) => {
        assert(await post(service, many));
        let sent = 0;
        store.onCommit = (apply) => {
          if (sent++ < cut) return apply();
          throw new LedgerError("store_unavailable", "the process has ended");
        };
        isOver = await post(service, moved).catch(() => false);
      });
      await withService(real, bigchaindbDialect, async (other) => {
        const wasIn = await isIn(other);
        seen.add(wasIn);
        assertEquals(await post(other, moved), !wasIn);
        assertEquals(await isIn(other), true);
        assertEquals((await other.chain.verify()).ok, true);
      });
    });
  }
  assertEquals(seen.size, 2);
});
