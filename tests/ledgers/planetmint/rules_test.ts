import { eventAssetIds, planetmintDialect } from "../../../src/ledgers/planetmint/dialect.ts";
import { assert, assertEquals } from "@std/assert";
import { type PyJson, type PyObject, pyObject, valueAt } from "../../../src/python/json.ts";
import { type Draft, Person, signed } from "../shared_bigchaindb/builder.ts";
import { answer, emptyState, parsed } from "../shared_bigchaindb/rules.ts";

const alice = new Person("alice");
const bob = new Person("bob");
const validator = new Person("validator");
const BAD_SIGNATURE = "Invalid transaction (InvalidSignature): Transaction signature is invalid.";

type Given = Omit<Draft, "members"> & { readonly assets: PyJson; readonly version?: string };

function draft({ assets, version = "3.0", ...rest }: Given): PyObject {
  const name = version === "2.0" ? "asset" : "assets";
  return signed({ ...rest, members: { [name]: assets, version } });
}

function create(data: string | null, outputs = [alice.output(1)], by = alice): PyObject {
  return draft({ operation: "CREATE", assets: [{ data }], outputs, inputs: [{ by }] });
}

function idOf(json: PyObject): string {
  return String(valueAt(json, "id"));
}

/** A ledger that is told one transaction after another. */
class Ledger {
  readonly state = emptyState([{ publicKey: validator.publicKey, power: 10 }]);

  async post(json: PyJson): Promise<string> {
    const { status, body, transaction } = await answer(planetmintDialect, json, this.state);
    if (transaction !== undefined) this.state.add(transaction);
    return status === 202 ? "ok" : JSON.parse(body).message;
  }
}

async function decomposed(ledger: Ledger) {
  const whole = create("Whole");
  assertEquals(await ledger.post(whole), "ok");
  const parts = (by: Person, id = idOf(whole)) =>
    draft({
      operation: "DECOMPOSE",
      assets: [{ data: "PartA" }, { data: "PartB" }, { id }],
      outputs: [alice.output(1), alice.output(1)],
      inputs: [{ by, fulfills: { transactionId: idOf(whole), outputIndex: 0 } }],
    });
  return { whole, parts };
}

Deno.test("a COMPOSE makes one asset of several and spends them", async () => {
  const ledger = new Ledger();
  const [a, b] = [create("A"), create("B")];
  assertEquals([await ledger.post(a), await ledger.post(b)], ["ok", "ok"]);
  const compose = (by: Person) =>
    draft({
      operation: "COMPOSE",
      assets: [{ data: "AB" }, { id: idOf(a) }, { id: idOf(b) }],
      outputs: [bob.output(1)],
      inputs: [a, b].map((each) => ({
        by,
        fulfills: { transactionId: idOf(each), outputIndex: 0 },
      })),
    });
  assertEquals(await ledger.post(compose(bob)), BAD_SIGNATURE);
  const composed = compose(alice);
  assertEquals(eventAssetIds(parsed(planetmintDialect, composed)), [
    idOf(composed),
    idOf(a),
    idOf(b),
  ]);
  assertEquals(await ledger.post(composed), "ok");
  assertEquals(
    await ledger.post(compose(alice)),
    `Invalid transaction (DoubleSpend): input \`${idOf(a)}\` was already spent`,
  );
  const moved = draft({
    operation: "TRANSFER",
    assets: [{ id: idOf(composed) }],
    outputs: [alice.output(1)],
    inputs: [{ by: bob, fulfills: { transactionId: idOf(composed), outputIndex: 0 } }],
  });
  assertEquals(await ledger.post(moved), "ok");
});

Deno.test("a DECOMPOSE is signed by the owner of what it takes apart, which it names", async () => {
  const ledger = new Ledger();
  const { whole, parts } = await decomposed(ledger);
  assertEquals(await ledger.post(parts(bob)), BAD_SIGNATURE);
  assertEquals(
    await ledger.post(parts(alice, "a".repeat(64))),
    "Invalid transaction (AssetIdMismatch): The asset id of the input does not match the asset " +
      "id of the transaction",
  );
  assertEquals(await ledger.post(parts(alice)), "ok");
  assertEquals(
    await ledger.post(parts(alice)),
    `Invalid transaction (DoubleSpend): input \`${idOf(whole)}\` was already spent`,
  );
  const nothing = draft({
    operation: "DECOMPOSE",
    assets: [{ data: "PartA" }, { id: idOf(whole) }],
    outputs: [alice.output(1)],
    inputs: [],
  });
  assertEquals(
    await ledger.post(nothing),
    "Invalid transaction (ValidationError): `inputs` must contain at least one item",
  );
});

Deno.test("a CREATE may spend the part of a DECOMPOSE that it describes", async () => {
  const ledger = new Ledger();
  const { whole, parts } = await decomposed(ledger);
  const apart = parts(alice);
  assertEquals(await ledger.post(apart), "ok");
  const from = (source: PyObject, data: string, outputIndex: number, by = alice) =>
    draft({
      operation: "CREATE",
      assets: [{ data }],
      outputs: [bob.output(1)],
      inputs: [{ by, fulfills: { transactionId: idOf(source), outputIndex } }],
    });
  const mismatch = "Invalid transaction (ValidationError): CREATE must have matching asset " +
    "description with input transaction";
  assertEquals(await ledger.post(from(apart, "PartA", 1)), mismatch);
  assertEquals(await ledger.post(from(apart, "PartB", 1, bob)), BAD_SIGNATURE);
  assertEquals(await ledger.post(from(apart, "PartB", 1)), "ok");
  assertEquals(
    await ledger.post(from(whole, "Whole", 0)),
    `Invalid transaction (DoubleSpend): input \`${idOf(whole)}\` was already spent`,
  );
  const other = create("Other");
  assertEquals(await ledger.post(other), "ok");
  assertEquals(
    await ledger.post(from(other, "Other", 0)),
    "Invalid transaction (SchemaValidationError): CREATE can only consume DECOMPOSE outputs",
  );
});

Deno.test("a right transaction of version 2.0 is told that it is too old", async () => {
  const given = await answer(
    planetmintDialect,
    draft({
      operation: "CREATE",
      assets: { data: "Old" },
      version: "2.0",
      outputs: [alice.output(1)],
      inputs: [{ by: alice }],
    }),
    emptyState(),
  );
  assertEquals(given.status, 401);
  assert(
    given.body.startsWith('{"message":"Invalid transaction version: The transaction is valid'),
  );
});

Deno.test("zenroom conditions are read, and refused as not supported", async () => {
  const ledger = new Ledger();
  const zenroom: PyObject = {
    public_keys: [alice.publicKey],
    condition: {
      details: { type: "zenroom-sha-256", public_key: alice.publicKey },
      uri: "ni:///sha-256;x?fpt=zenroom-sha-256&cost=1",
    },
    amount: "1",
  };
  assertEquals(
    await ledger.post(create(null, [zenroom])),
    "Invalid transaction (UnsupportedTypeError): conditions of type zenroom-sha-256 are not " +
      "supported",
  );
});

Deno.test("a member that is missing is told as the original's KeyError", async () => {
  const whole = create(null);
  const without = (...names: string[]) =>
    pyObject(Object.entries(whole).filter(([name]) => !names.includes(name)));
  const ledger = new Ledger();
  const told = async (...names: string[]) => await ledger.post(without(...names));
  const keyError = (name: string) => `Invalid transaction (KeyError): '${name}'`;
  assertEquals(await told("version", "assets"), keyError("version"));
  assertEquals(await told("assets", "inputs"), keyError("assets"));
  assertEquals(await told("inputs", "outputs"), keyError("inputs"));
  assertEquals(await told("outputs", "metadata"), keyError("outputs"));
  assertEquals(await told("metadata"), keyError("metadata"));
  assertEquals(
    await told("id"),
    "Invalid transaction (InvalidHash): The transaction's id 'None' isn't equal to the hash of " +
      "its body, i.e. it's not valid.",
  );
});

Deno.test("an election is checked against the validators, and so is its signature", async () => {
  const ledger = new Ledger();
  const election = (by: Person) =>
    draft({
      operation: "CHAIN_MIGRATION_ELECTION",
      assets: [{ data: {} }],
      outputs: [validator.output(10)],
      inputs: [{ by }],
    });
  assertEquals(await ledger.post(election(validator)), "ok");
  assertEquals(
    await ledger.post(election(alice)),
    "Invalid transaction (InvalidProposer): Public key is not a part of the validator set",
  );
});
