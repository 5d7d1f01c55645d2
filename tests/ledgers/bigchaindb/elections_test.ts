import { bigchaindbDialect } from "../../../src/ledgers/bigchaindb/dialect.ts";
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type PyJson, type PyObject, valueAt } from "../../../src/python/json.ts";
import {
  type ChainStatus,
  electionRecord,
  withVotes,
} from "../../../src/ledgers/shared_bigchaindb/rules/election_outcome.ts";
import {
  changedValidators,
  votesOf,
} from "../../../src/ledgers/shared_bigchaindb/rules/elections.ts";
import { TransactionRefused } from "../../../src/ledgers/shared_bigchaindb/transaction/refusal.ts";
import { validatorKey } from "../../../src/ledgers/shared_bigchaindb/rules/validator_key.ts";
import { keyOutput, signed } from "../shared_bigchaindb/builder.ts";
import {
  type Election,
  election,
  NEW_KEY,
  NEWCOMER,
  VALIDATORS,
  vote,
} from "../shared_bigchaindb/elections.ts";
import { answer, emptyState, parsed } from "../shared_bigchaindb/rules.ts";

const [v1, v2, v3] = VALIDATORS;
assert(v1 !== undefined && v2 !== undefined && v3 !== undefined);
const SET = VALIDATORS.map(({ publicKey }) => ({ publicKey, power: 10 }));

async function told(json: PyObject): Promise<string> {
  const given = await answer(bigchaindbDialect, json, emptyState(SET));
  return given.transaction === undefined ? JSON.parse(given.body).message : "ok";
}

Deno.test("an election is one that a validator proposes to the validators", async () => {
  const invalid = (name: string, text: string) => `Invalid transaction (${name}): ${text}`;
  assertEquals(await told(election({})), "ok");
  const migration: Election = { operation: "CHAIN_MIGRATION_ELECTION", data: { seed: "s" } };
  assertEquals(await told(election(migration)), "ok");
  assertEquals(
    await told(election({ by: NEWCOMER })),
    invalid("InvalidProposer", "Public key is not a part of the validator set"),
  );
  const unequal = invalid(
    "UnequalValidatorSet",
    "Validator set much be exactly same to the outputs of election",
  );
  assertEquals(await told(election({ outputs: [v1.output(10), v2.output(10)] })), unequal);
  const wrongPower = [v1.output(10), v2.output(10), v3.output(9)];
  assertEquals(await told(election({ outputs: wrongPower })), unequal);
  assertEquals(
    await told(election({ data: { node_id: "n4", public_key: NEW_KEY, power: 10 } })),
    invalid("InvalidPowerChange", "`power` change must be less than 1/3 of total power"),
  );
  const huge = { node_id: "n4", public_key: NEW_KEY, power: 2n ** 60n };
  assertEquals(
    await told(election({ data: huge })),
    invalid("InvalidPowerChange", "`power` change must be less than 1/3 of total power"),
  );
  const large = SET.map(({ publicKey }) => ({ publicKey, power: 2 ** 60 }));
  const outputs = VALIDATORS.map(({ publicKey, bytes }) => keyOutput(publicKey, bytes, 2 ** 60));
  const among = await answer(
    bigchaindbDialect,
    election({ data: { ...huge, power: 2n ** 53n }, outputs }),
    emptyState(large),
  );
  assertEquals(among.status, 400, among.body);
  const shortKey = { type: "ed25519-base16", value: "AB" };
  assertEquals(
    await told(election({ data: { node_id: "n4", public_key: shortKey, power: 1 } })),
    invalid("InvalidPublicKey", "Public key should be of size 32 bytes"),
  );
  assertEquals(
    await told(election({ data: { node_id: "n4", public_key: NEW_KEY, power: "x" } })),
    "Invalid transaction schema: 'x' is not of type 'integer'",
  );
});

Deno.test("votes are transfers of an election's outputs, and two thirds of them decide", async () => {
  const state = emptyState(SET);
  const begun = (await answer(bigchaindbDialect, election({}), state)).transaction;
  assert(begun !== undefined);
  state.add(begun);
  const counts: bigint[] = [];
  for (const index of [0, 1, 2]) {
    const { transaction, body } = await answer(bigchaindbDialect, vote(begun.id, index), state);
    assert(transaction !== undefined, body);
    state.add(transaction);
    counts.push(votesOf(transaction));
  }
  assertEquals(counts, [10n, 10n, 10n]);
  assertEquals(
    (await answer(bigchaindbDialect, vote(begun.id, 0), state)).body,
    `{"message":"Invalid transaction (DoubleSpend): input \`${begun.id}\` was already spent",` +
      '"status":400}\n',
  );
  let record = electionRecord(begun, 7);
  const concluded: unknown[] = [];
  for (const votes of counts) {
    record &&= withVotes(record, votes, CHAIN);
    concluded.push(record?.isConcluded);
  }
  assertEquals(concluded, [false, true, true]);
  assertEquals(record?.given, "30");
});

const CHAIN: ChainStatus = {
  height: 7,
  validatorsSince: 1,
  nextValidatorsSince: 1,
  isMigrating: false,
};

Deno.test("an election does not conclude when something stands against it", () => {
  const outcome = (operation: string, chain: Partial<ChainStatus>) => {
    const data: PyJson = operation === "VALIDATOR_ELECTION"
      ? { node_id: "n4", public_key: NEW_KEY, power: 9 }
      : {};
    const begun = parsed(bigchaindbDialect, election({ operation, data }));
    const record = electionRecord(begun, 7);
    return record && withVotes(record, 20n, { ...CHAIN, ...chain }).isConcluded;
  };
  for (const operation of ["VALIDATOR_ELECTION", "CHAIN_MIGRATION_ELECTION"]) {
    assertEquals(outcome(operation, {}), true);
    assertEquals(outcome(operation, { validatorsSince: 8, nextValidatorsSince: 8 }), false);
  }
  assertEquals(outcome("VALIDATOR_ELECTION", { nextValidatorsSince: 9 }), false);
  assertEquals(outcome("CHAIN_MIGRATION_ELECTION", { nextValidatorsSince: 9 }), true);
  assertEquals(outcome("CHAIN_MIGRATION_ELECTION", { isMigrating: true }), false);
  assertEquals(outcome("VALIDATOR_ELECTION", { isMigrating: true }), true);
});

Deno.test("a vote on what is no election is refused", async () => {
  const state = emptyState(SET);
  const created = signed({
    operation: "CREATE",
    members: { asset: { data: null }, version: "2.0" },
    outputs: [v1.output(10)],
    inputs: [{ by: v1 }],
  });
  state.add(parsed(bigchaindbDialect, created));
  const id = String(valueAt(created, "id"));
  assertEquals(
    (await answer(bigchaindbDialect, vote(id, 0), state)).body,
    `{"message":"Invalid transaction (ValidationError): \`${id}\` is not an election",` +
      '"status":400}\n',
  );
});

Deno.test("an election that is won changes the set of validators", () => {
  const data = (power: number, public_key: PyJson = NEW_KEY) => ({
    node_id: "n",
    public_key,
    power,
  });
  const added = { publicKey: NEWCOMER.publicKey, power: 9 };
  assertEquals(changedValidators(SET, data(9)), [...SET, added]);
  assertEquals(changedValidators([...SET, added], data(0)), SET);
  const known = {
    type: "ed25519-base16",
    value: Buffer.from(v1.bytes).toString("hex").toUpperCase(),
  };
  assertEquals(changedValidators(SET, data(3, known))[0], { publicKey: v1.publicKey, power: 3 });
});

Deno.test("a validator's key may be in base16, base32 or base64, as Python decodes them", () => {
  const zeros = "11111111111111111111111111111111";
  assertEquals(validatorKey({ type: "ed25519-base16", value: "0".repeat(64) }), zeros);
  assertEquals(validatorKey({ type: "ed25519-base32", value: "A".repeat(52) + "====" }), zeros);
  assertEquals(validatorKey({ type: "ed25519-base64", value: "A".repeat(43) + "=" }), zeros);
  assertEquals(validatorKey({ type: "ed25519-base64", value: "A A".repeat(21) + "A=" }), zeros);
  for (
    const [type, value] of [
      ["ed25519-base16", "ab".repeat(32)],
      ["ed25519-base16", "A"],
      ["ed25519-base32", "A".repeat(52)],
      ["ed25519-base32", "a".repeat(56)],
      ["ed25519-base64", "A".repeat(43)],
      ["ed25519-base58", "A"],
    ] as const
  ) {
    const error = assertThrows(() => validatorKey({ type, value }), TransactionRefused);
    assertEquals(
      error.message,
      "Invalid transaction (InvalidPublicKey): Invalid `type` specified for public key `value`",
    );
  }
});
