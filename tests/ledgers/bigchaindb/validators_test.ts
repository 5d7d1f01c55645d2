import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { base58Decode } from "../../../src/crypto/base58.ts";
import type { PyObject } from "../../../src/python/json.ts";
import { electionKey } from "../../../src/ledgers/shared_bigchaindb/rules/elections.ts";
import { settingsOf } from "../../../src/ledgers/shared_bigchaindb/settings.ts";
import { keyOutput, Person, signed } from "../shared_bigchaindb/builder.ts";
import { create, idOf, type LedgerApi, withLedger } from "../shared_bigchaindb/ledger_api.ts";

const voters = ["v1", "v2", "v3"].map((name) => new Person(name));
const newcomer = new Person("newcomer");
const SETTING = `--bigchaindb-validators=${
  voters.map(({ publicKey }) => `${publicKey}:10`).join(",")
}`;

function election(power: number, by = voters[0] ?? newcomer, votes = 10): PyObject {
  const value = Buffer.from(newcomer.bytes).toString("base64");
  const data = { node_id: "n4", public_key: { type: "ed25519-base64", value }, power };
  return signed({
    operation: "VALIDATOR_ELECTION",
    members: { asset: { data }, version: "2.0" },
    outputs: voters.map((voter) => voter.output(votes)),
    inputs: [{ by }],
  });
}

function vote(electionId: string, outputIndex: number): PyObject {
  const key = electionKey(electionId);
  return signed({
    operation: "VOTE",
    members: { asset: { id: electionId }, version: "2.0" },
    outputs: [keyOutput(key, base58Decode(key), 10)],
    inputs: [{
      by: voters[outputIndex] ?? newcomer,
      fulfills: { transactionId: electionId, outputIndex },
    }],
  });
}

async function powers(api: LedgerApi): Promise<number[]> {
  const validators = await api.get("/api/v1/validators");
  return validators.map((each: { voting_power: number }) => each.voting_power);
}

Deno.test("the validators of the settings hold elections, and the votes decide", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    assertEquals(await powers(api), [10, 10, 10]);
    const proposed = election(9);
    const id = await api.accept(proposed);
    await api.accept(vote(id, 0));
    assertEquals(await powers(api), [10, 10, 10]);
    const decisive = vote(id, 1);
    await api.accept(decisive);
    assertEquals(await powers(api), [10, 10, 10, 9]);
    assertEquals(
      await api.refuse(decisive),
      `Invalid transaction (DoubleSpend): input \`${id}\` was already spent`,
    );
    // Votes that come later change nothing.
    await api.accept(vote(id, 2));
    assertEquals(await powers(api), [10, 10, 10, 9]);
    const told = await stream("valid_transactions?from_height=1");
    assertEquals((await told.count(4)).map((text) => JSON.parse(text).asset_id), [id, id, id, id]);
    assertEquals((await api.get(`/api/v1/transactions?asset_id=${id}`)).length, 4);
  }, [SETTING]);
});

Deno.test("an election that another set of validators has been elected since is not decided", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const [first, second] = [election(9), election(8)] as const;
    for (const each of [first, second]) await api.accept(each);
    for (const at of [0, 1]) await api.accept(vote(idOf(first), at));
    assertEquals(await powers(api), [10, 10, 10, 9]);
    // The new set is in force one block later.
    await api.accept(create(newcomer, null));
    for (const at of [0, 1]) await api.accept(vote(idOf(second), at));
    assertEquals(await powers(api), [10, 10, 10, 9]);
  }, [SETTING]);
});

Deno.test("who is no validator cannot call an election, and power is changed by little", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const refusal = (text: string) => `Invalid transaction (${text}`;
    assertEquals(
      await api.refuse(election(9, newcomer)),
      refusal("InvalidProposer): Public key is not a part of the validator set"),
    );
    assertEquals(
      await api.refuse(election(10)),
      refusal("InvalidPowerChange): `power` change must be less than 1/3 of total power"),
    );
    assertEquals(
      await api.refuse(election(9, voters[1], 9)),
      refusal(
        "UnequalValidatorSet): Validator set much be exactly same to the outputs of election",
      ),
    );
    const made = create(newcomer, null, { outputs: [newcomer.output(10)] });
    const id = await api.accept(made);
    const wrong = signed({
      operation: "VOTE",
      members: { asset: { id }, version: "2.0" },
      outputs: [newcomer.output(10)],
      inputs: [{ by: newcomer, fulfills: { transactionId: id, outputIndex: 0 } }],
    });
    assertEquals(
      await api.refuse(wrong),
      refusal(`ValidationError): \`${id}\` is not an election`),
    );
  }, [SETTING]);
});

Deno.test("validators of the settings are different keys with whole powers", () => {
  const { schema } = settingsOf("bigchaindb", "BigchainDB", { web: 1, stream: 2 })[
    "bigchaindb-validators"
  ] ?? {};
  const read = (text: string) => schema?.safeParse(text).data;
  const { publicKey } = newcomer;
  assertEquals(read(""), []);
  assertEquals(read(`${publicKey}`), [{ publicKey, power: 10 }]);
  assertEquals(read(`${publicKey}:7`), [{ publicKey, power: 7 }]);
  for (const wrong of ["nope", `${publicKey}:0`, `${publicKey}:1:1`, `${publicKey},${publicKey}`]) {
    assertEquals([wrong, read(wrong)], [wrong, undefined]);
  }
});
