import { assertEquals } from "@std/assert";
import { settingsOf } from "../../../src/ledgers/shared_bigchaindb/settings.ts";
import { signed } from "../shared_bigchaindb/builder.ts";
import {
  election,
  NEWCOMER,
  VALIDATORS,
  VALIDATORS_FLAG,
  vote,
} from "../shared_bigchaindb/elections.ts";
import { create, idOf, type LedgerApi, withLedger } from "../shared_bigchaindb/ledger_api.ts";

async function powers(api: LedgerApi): Promise<number[]> {
  const validators = await api.get("/api/v1/validators");
  return validators.map((each: { voting_power: number }) => each.voting_power);
}

Deno.test("the validators of the settings hold elections, and the votes decide", async () => {
  await withLedger("bigchaindb", async ({ api, stream }) => {
    assertEquals(await powers(api), [10, 10, 10]);
    const proposed = election();
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
  }, [VALIDATORS_FLAG]);
});

Deno.test("an election that another set of validators has been elected since is not decided", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const [first, second] = [election(), election({ power: 8 })] as const;
    for (const each of [first, second]) await api.accept(each);
    for (const at of [0, 1]) await api.accept(vote(idOf(first), at));
    assertEquals(await powers(api), [10, 10, 10, 9]);
    // The new set is in force one block later.
    await api.accept(create(NEWCOMER, null));
    for (const at of [0, 1]) await api.accept(vote(idOf(second), at));
    assertEquals(await powers(api), [10, 10, 10, 9]);
  }, [VALIDATORS_FLAG]);
});

Deno.test("who is no validator cannot call an election, and power is changed by little", async () => {
  await withLedger("bigchaindb", async ({ api }) => {
    const refusal = (text: string) => `Invalid transaction (${text}`;
    assertEquals(
      await api.refuse(election({ by: NEWCOMER })),
      refusal("InvalidProposer): Public key is not a part of the validator set"),
    );
    assertEquals(
      await api.refuse(election({ power: 10 })),
      refusal("InvalidPowerChange): `power` change must be less than 1/3 of total power"),
    );
    assertEquals(
      await api.refuse(
        election({ by: VALIDATORS[1], outputs: VALIDATORS.map((each) => each.output(9)) }),
      ),
      refusal(
        "UnequalValidatorSet): Validator set much be exactly same to the outputs of election",
      ),
    );
    const made = create(NEWCOMER, null, { outputs: [NEWCOMER.output(10)] });
    const id = await api.accept(made);
    const wrong = signed({
      operation: "VOTE",
      members: { asset: { id }, version: "2.0" },
      outputs: [NEWCOMER.output(10)],
      inputs: [{ by: NEWCOMER, fulfills: { transactionId: id, outputIndex: 0 } }],
    });
    assertEquals(
      await api.refuse(wrong),
      refusal(`ValidationError): \`${id}\` is not an election`),
    );
  }, [VALIDATORS_FLAG]);
});

Deno.test("validators of the settings are different keys with whole powers", () => {
  const { schema } = settingsOf("bigchaindb", "BigchainDB", { web: 1, stream: 2 })[
    "bigchaindb-validators"
  ] ?? {};
  const read = (text: string) => schema?.safeParse(text).data;
  const { publicKey } = NEWCOMER;
  assertEquals(read(""), []);
  assertEquals(read(`${publicKey}`), [{ publicKey, power: 10 }]);
  assertEquals(read(`${publicKey}:7`), [{ publicKey, power: 7 }]);
  for (const wrong of ["nope", `${publicKey}:0`, `${publicKey}:1:1`, `${publicKey},${publicKey}`]) {
    assertEquals([wrong, read(wrong)], [wrong, undefined]);
  }
});
