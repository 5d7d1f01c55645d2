import { parsed } from "./rules.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parsePyJson } from "../../../src/python/json_parse.ts";
import { isPyObject, type PyJson, type PyObject } from "../../../src/python/json.ts";
import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import {
  BLOCK,
  messageText,
  modelText,
  readBlock,
  readRecorded,
  VALIDATORS,
} from "../../../src/ledgers/shared_bigchaindb/chain/events.ts";
import { TransactionRefused } from "../../../src/ledgers/shared_bigchaindb/transaction/refusal.ts";
import { inMemory } from "../../support/chains.ts";
import { oddJson, oddText } from "../../support/odd_json.ts";
import { Person, signed } from "./builder.ts";
import { idOf } from "./ledger_api.ts";
import { withService } from "./with_service.ts";

const alice = new Person("alice");

/** A signed CREATE with odd members, or nothing where it has no canonical form. */
function created(members: Record<string, PyJson>, outputs: readonly PyObject[]) {
  try {
    return signed({ operation: "CREATE", members, outputs, inputs: [{ by: alice }] });
  } catch (error) {
    if (error instanceof TransactionRefused) return undefined;
    throw error;
  }
}

const json = oddJson.map((text) => parsePyJson(text));
const text = oddText.map((quoted) => parsePyJson(quoted));

/** One of {@linkcode alice}'s outputs with something odd in it. */
const output = fc.record({
  amount: fc.constantFrom("1", "007", "9000000000000000000", "9".repeat(20), "0"),
  public_keys: fc.constantFrom<PyJson>(null, [], [alice.publicKey], [
    `${alice.publicKey} and more of it`,
  ]),
  key: fc.constantFrom(alice.publicKey, `${alice.publicKey} \t\n`, `${alice.publicKey}l`),
  threshold: fc.constantFrom(0, 1, 2, 100),
  depth: fc.constantFrom(0, 1, 3, 99, 100, 101),
}).map(({ amount, public_keys, key, threshold, depth }): PyObject => {
  let details: PyObject = { type: "ed25519-sha-256", public_key: key };
  for (let level = 0; level < depth; level++) {
    details = { type: "threshold-sha-256", threshold, subconditions: [details] };
  }
  const uri = "ni:///sha-256;x?fpt=ed25519-sha-256&cost=131072";
  return { amount, public_keys, condition: { details, uri } };
});

const DIALECTS = [
  {
    dialect: bigchaindbDialect,
    members: fc.tuple(json, json).map(([data, metadata]): Record<string, PyJson> => ({
      asset: { data: isPyObject(data) ? data : { data } },
      metadata: isPyObject(metadata) ? metadata : { metadata },
      version: "2.0",
    })),
  },
  {
    dialect: planetmintDialect,
    members: fc.tuple(text, text).map(([data, metadata]): Record<string, PyJson> => ({
      assets: [{ data }],
      metadata,
      version: "3.0",
    })),
  },
];

for (const { dialect, members } of DIALECTS) {
  Deno.test(`whatever ${dialect.software.name} takes is read again as what it was taken for`, async () => {
    await inMemory((_, store) =>
      withService(store, dialect, async (service) => {
        const accepted = new Map<string, PyObject>();
        const outputs = fc.array(output, { maxLength: 3 });
        await fc.assert(
          fc.asyncProperty(members, outputs, async (some, made) => {
            const body = created(some, made);
            if (body === undefined) return;
            try {
              const verdict = await service.submit(parsed(dialect, body));
              if ("height" in verdict) accepted.set(idOf(body), body);
            } catch (error) {
              assert(error instanceof TransactionRefused, String(error));
            }
          }),
          { numRuns: 600 },
        );
        assert(accepted.size > 40, `${accepted.size} were taken`);
        let told = 0;
        for (const { type, data } of await service.chain.read(0, 10_000)) {
          const event = String(data);
          if (type === VALIDATORS) continue;
          if (type === BLOCK) {
            assert(readBlock(event).ids.every((id) => accepted.has(id)));
            continue;
          }
          const recorded = readRecorded(event);
          const body = accepted.get(recorded.id);
          assert(body !== undefined, recorded.id);
          const again = dialect.modelOf({ ...parsed(dialect, body), ...recorded });
          assertEquals(again, parsePyJson(modelText(event)));
          assertEquals(JSON.parse(messageText(event)).transaction_id, recorded.id);
          told++;
        }
        assertEquals(told, accepted.size);
        assertEquals(await service.chain.compareRows(), undefined);
        await service.stop();
        for (const { data } of await service.rejected.read(0, 10_000)) {
          assertEquals(typeof JSON.parse(String(data)).code, "string");
        }
      }, { keepsRejected: true })
    );
  });
}
