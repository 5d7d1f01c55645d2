/** What returns one row reads a few, however long the life of an asset is. */
import { assert, assertEquals } from "@std/assert";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import {
  assetOffsets,
  findBlock,
  lastAssetOffset,
  outputsOfKey,
  transactionText,
  validators,
} from "../../../src/ledgers/shared_bigchaindb/chain/queries.ts";
import type { PyObject } from "../../../src/python/json.ts";
import { inMemory } from "../../support/chains.ts";
import { countingRows } from "../../support/changed_store.ts";
import { Person } from "../shared_bigchaindb/builder.ts";
import { create, idOf, transfer } from "../shared_bigchaindb/ledger_api.ts";
import { parsed } from "../shared_bigchaindb/rules.ts";
import { withService } from "../shared_bigchaindb/with_service.ts";

const alice = new Person("alice");
const bob = new Person("bob");

async function drained<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

Deno.test("a look-up of one thing reads as much of a long life as of a short one", async () => {
  await inMemory((_, store) => {
    const counted = countingRows(store);
    return withService(counted.store, bigchaindbDialect, async (service) => {
      const { chain } = service;
      const submit = async (tx: PyObject) => {
        const verdict = await service.submit(parsed(bigchaindbDialect, tx));
        assert("offset" in verdict);
        return verdict;
      };
      const made = create(alice, { n: 1 });
      const assetId = idOf(made);
      const first = await submit(made);
      let last = first;
      let newest = made;
      let length = 0;
      const grow = async (to: number) => {
        for (; length < to; length++) {
          const moved = transfer(alice, newest, [alice.output(1)], { assetId });
          last = await submit(moved);
          newest = moved;
        }
      };
      const lookups: Readonly<Record<string, () => Promise<unknown>>> = {
        last: async () =>
          assertEquals(await lastAssetOffset(chain, assetId, undefined), last.offset),
        lastTransfer: async () =>
          assertEquals(await lastAssetOffset(chain, assetId, "TRANSFER"), last.offset),
        lastCreate: async () =>
          assertEquals(await lastAssetOffset(chain, assetId, "CREATE"), first.offset),
        creates: async () =>
          assertEquals(await drained(assetOffsets(chain, assetId, "CREATE")), [first.offset]),
        unspent: async () =>
          assertEquals(
            (await drained(outputsOfKey(chain, alice.publicKey, false))).map(({ transactionId }) =>
              transactionId
            ),
            [idOf(newest)],
          ),
        spent: async () =>
          assertEquals(await drained(outputsOfKey(chain, bob.publicKey, true)), []),
        byId: async () => assert(await transactionText(chain, assetId) !== undefined),
        block: async () => assertEquals((await findBlock(chain, last.height))?.count, 1),
        validators: async () => assertEquals((await validators(chain)).length, 1),
      };
      const measured = async () => {
        const counts: Record<string, number> = {};
        for (const [name, lookup] of Object.entries(lookups)) {
          const before = counted.reads;
          await lookup();
          counts[name] = counted.reads - before;
        }
        return counts;
      };
      await grow(12);
      const short = await measured();
      await grow(80);
      assertEquals(await measured(), short);
      assert(Object.values(short).every((count) => count <= 3), JSON.stringify(short));
      assertEquals((await drained(assetOffsets(chain, assetId, undefined))).length, 81);
    });
  });
});
