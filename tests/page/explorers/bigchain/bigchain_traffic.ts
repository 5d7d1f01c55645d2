import { Person, signed } from "../../../ledgers/shared_bigchaindb/builder.ts";
import { election, VALIDATORS_FLAG, vote } from "../../../ledgers/shared_bigchaindb/elections.ts";
import { create, type LedgerApi, transfer } from "../../../ledgers/shared_bigchaindb/ledger_api.ts";

/** What makes the validators of BigchainDB's elections. */
export const BIGCHAIN_FLAGS: readonly string[] = [VALIDATORS_FLAG];

const alice = new Person("alice");
const bob = new Person("bob");
const carol = new Person("carol");

/** What happened on BigchainDB, or on Planetmint. */
export interface BigchainTraffic {
  readonly asset: string;
  readonly transfer: string;
  readonly key: string;
  readonly election: string;
}

/** An asset that is divided and handed on, another, a double spend, and an election. */
export async function bigchaindbTraffic(api: LedgerApi): Promise<BigchainTraffic> {
  const bicycle = create(alice, { bicycle: { serial: "abcd1234", manufacturer: "bkfab" } }, {
    metadata: { planet: "earth" },
    outputs: [alice.output(10)],
  });
  const asset = await api.accept(bicycle);
  const of = { assetId: asset };
  const split = transfer(alice, bicycle, [alice.output(3), bob.output(5), carol.output(2)], of);
  await api.accept(split);
  const onward = transfer(bob, split, [carol.output(4), bob.output(1)], {
    ...of,
    outputIndex: 1,
    metadata: { reason: "a birthday" },
  });
  const transferred = await api.accept(onward);
  await api.accept(transfer(alice, split, [bob.output(3)], { ...of, outputIndex: 0 }));
  await api.accept(transfer(carol, split, [alice.output(2)], { ...of, outputIndex: 2 }));
  await api.accept(transfer(carol, onward, [alice.output(4)], of));
  await api.refuse(transfer(bob, split, [alice.output(5)], { ...of, outputIndex: 1 }));
  for (const name of ["Mona Lisa", "The Scream"]) {
    await api.accept(create(carol, { painting: name }, { metadata: { hangs: "in a museum" } }));
  }
  const electionId = await api.accept(election());
  await api.accept(vote(electionId, 0));
  await api.accept(vote(electionId, 1));
  return { asset, transfer: transferred, key: alice.publicKey, election: electionId };
}

const CID = "bafkreiba6bpkcdbgqxg2mpmlwyjdvpxaqo3bkqqrfdlz2gxk2atmvjhhhy";

/** An asset with a CID that is handed on, and a double spend. */
export async function planetmintTraffic(api: LedgerApi): Promise<BigchainTraffic> {
  const made = signed({
    operation: "CREATE",
    members: { assets: [{ data: CID }], metadata: CID, version: "3.0" },
    outputs: [alice.output(1)],
    inputs: [{ by: alice }],
  });
  const asset = await api.accept(made);
  const onward = (to: Person) =>
    signed({
      operation: "TRANSFER",
      members: { assets: [{ id: asset }], version: "3.0" },
      outputs: [to.output(1)],
      inputs: [{ by: alice, fulfills: { transactionId: asset, outputIndex: 0 } }],
    });
  const transferred = await api.accept(onward(bob));
  await api.refuse(onward(carol));
  return { asset, transfer: transferred, key: bob.publicKey, election: "" };
}
