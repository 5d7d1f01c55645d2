import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { assert, assertEquals } from "@std/assert";
import { type PyJson, type PyObject, valueAt } from "../../../src/python/json.ts";
import { parsePyJson } from "../../../src/python/json_parse.ts";
import { jsonifyBody } from "../../../src/ledgers/shared_bigchaindb/http/json_bodies.ts";
import { ownersOf } from "../../../src/ledgers/shared_bigchaindb/transaction/owners.ts";
import { BatchState, recordOf } from "../shared_bigchaindb/batch_state.ts";
import { Person, signed } from "../shared_bigchaindb/builder.ts";
import { answer, emptyState, parsed } from "../shared_bigchaindb/rules.ts";

const alice = new Person("alice");
const bob = new Person("bob");

function create(data: PyJson, outputs: readonly PyObject[] = [alice.output(5)]): PyObject {
  const members = { asset: { data }, version: "2.0" };
  return signed({ operation: "CREATE", members, outputs, inputs: [{ by: alice }] });
}

function transfer(of: PyObject, outputIndex: number, by: Person, to: PyObject): PyObject {
  const transactionId = idOf(of);
  return signed({
    operation: "TRANSFER",
    members: { asset: { id: assetOf(of) }, version: "2.0" },
    outputs: [to],
    inputs: [{ by, fulfills: { transactionId, outputIndex } }],
  });
}

function idOf(tx: PyObject): string {
  return String(valueAt(tx, "id"));
}

function assetOf(tx: PyObject): string {
  const asset = valueAt(tx, "asset");
  const id = typeof asset === "object" && asset !== null && "id" in asset ? asset.id : undefined;
  return typeof id === "string" ? id : idOf(tx);
}

async function messageOf(json: PyJson, state = emptyState()): Promise<string> {
  const { body, status } = await answer(bigchaindbDialect, json, state);
  const { message } = JSON.parse(body);
  assertEquals(body, jsonifyBody({ message, status }));
  return `${status} ${message}`;
}

Deno.test("transactions that come together see each other, and the state stays as it was", async () => {
  const base = emptyState();
  const batch = new BatchState(base);
  const created = create({ n: 1 });
  const moved = transfer(created, 0, alice, bob.output(5));
  assertEquals(
    await messageOf(moved, batch),
    `400 Invalid transaction (InputDoesNotExist): input \`${idOf(created)}\` doesn't exist`,
  );
  for (const json of [created, moved]) {
    const { transaction } = await answer(bigchaindbDialect, json, batch);
    assert(transaction !== undefined);
    batch.add(transaction);
  }
  assertEquals(
    await messageOf(transfer(created, 0, alice, alice.output(5)), batch),
    `400 Invalid transaction (DoubleSpend): input \`${idOf(created)}\` was already spent`,
  );
  assertEquals(
    await messageOf(created, batch),
    `400 Invalid transaction (DuplicateTransaction): transaction \`${
      idOf(created)
    }\` already exists`,
  );
  assertEquals((await answer(bigchaindbDialect, created, base)).status, 202);
});

Deno.test("an accepted transaction tells what a projection keeps", async () => {
  const created = create({ n: 2 }, [alice.output(3), bob.output(4)]);
  const first = parsed(bigchaindbDialect, created);
  assertEquals(first.operation, "CREATE");
  assertEquals(first.assetId, first.id);
  assertEquals(first.outputs.map(({ amount, publicKeys }) => [amount, publicKeys]), [
    [3n, [alice.publicKey]],
    [4n, [bob.publicKey]],
  ]);
  const record = JSON.parse(JSON.stringify(recordOf(first)));
  assertEquals(record, recordOf(first));

  const state = emptyState();
  state.add(first);
  const { transaction } = await answer(
    bigchaindbDialect,
    transfer(created, 1, bob, alice.output(4)),
    state,
  );
  assertEquals(transaction?.assetId, first.id);
  assertEquals(transaction?.inputs[0]?.fulfills, { transactionId: first.id, outputIndex: 1 });
});

Deno.test("where the original breaks there is a refusal in its style", async () => {
  const state = emptyState();
  const created = create({ n: 3 });
  state.add(parsed(bigchaindbDialect, created));
  const cases: [json: PyJson, message: string][] = [
    [[], "Invalid transaction schema: [] is not of type 'object'"],
    [null, "Invalid transaction schema: None is not of type 'object'"],
    ["x", "Invalid transaction schema: 'x' is not of type 'object'"],
    [123, "Invalid transaction schema: 123 is not of type 'object'"],
    [{}, "Invalid transaction (InvalidHash): No transaction id found!"],
    [
      { id: 5 },
      "Invalid transaction (InvalidHash): The transaction's id '5' isn't equal to the hash of " +
      "its body, i.e. it's not valid.",
    ],
    [
      parsePyJson('{"id":"x","metadata":{"n":NaN}}'),
      "Invalid transaction (ValueError): Out of range float values are not JSON compliant",
    ],
    [
      { id: "x", metadata: { text: "\ud800" } },
      "Invalid transaction (UnicodeEncodeError): str is not valid UTF-8: surrogates not allowed",
    ],
    [
      create({ n: 9223372036854775808n }),
      "Invalid transaction (ValidationError): Invalid integer 9223372036854775808 in asset " +
      "object. An integer cannot exceed 64 bits",
    ],
    [
      transfer(created, 7, alice, bob.output(5)),
      `Invalid transaction (InputDoesNotExist): output \`7\` of input \`${
        idOf(created)
      }\` doesn't exist`,
    ],
  ];
  for (const [json, message] of cases) {
    assertEquals(await messageOf(json, state), `400 ${message}`);
  }
});

Deno.test("no state is asked for an id that no transaction can have", async () => {
  const created = create({ n: 4 });
  const odd = "x".repeat(5000) + idOf(created);
  const json = signed({
    operation: "TRANSFER",
    members: { asset: { id: idOf(created) }, version: "2.0" },
    outputs: [bob.output(5)],
    inputs: [{ by: alice, fulfills: { transactionId: odd, outputIndex: 0 } }],
  });
  const never = () => {
    throw new Error("asked");
  };
  const state = { transaction: never, isSpent: never, validators: never };
  const { body } = await answer(bigchaindbDialect, json, state);
  assertEquals(
    JSON.parse(body).message,
    `Invalid transaction (InputDoesNotExist): input \`${odd}\` doesn't exist`,
  );
});

Deno.test("an output is found by the keys it names and its condition asks for", () => {
  const shared = { ...alice.output(5), public_keys: [bob.publicKey, alice.publicKey] };
  const [output] = parsed(bigchaindbDialect, create(null, [shared])).outputs;
  assertEquals(output && ownersOf(output), [alice.publicKey]);
});

Deno.test("names of members of every object there is are no operations", async () => {
  for (const operation of ["constructor", "__proto__", "toString"]) {
    const json = signed({
      operation,
      members: { asset: { data: null }, version: "2.0" },
      outputs: [],
      inputs: [{ by: alice }],
    });
    assertEquals(
      await messageOf(json),
      `400 Invalid transaction schema: '${operation}' is not one of ['CREATE', 'TRANSFER', ` +
        "'VALIDATOR_ELECTION', 'CHAIN_MIGRATION_ELECTION', 'VOTE']",
    );
  }
});
