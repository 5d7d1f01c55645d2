import { assert } from "@std/assert";
import { base58Decode } from "../../../src/crypto/base58.ts";
import { electionKey } from "../../../src/ledgers/shared_bigchaindb/rules/elections.ts";
import type { PyJson, PyObject } from "../../../src/python/json.ts";
import { keyOutput, Person, signed } from "./builder.ts";

/** Who validates, each with a power of 10. */
export const VALIDATORS = ["v1", "v2", "v3"].map((name) => new Person(name));

/** What makes them so. */
export const VALIDATORS_FLAG = `--bigchaindb-validators=${
  VALIDATORS.map(({ publicKey }) => `${publicKey}:10`).join(",")
}`;

/** Whom elections are about, and the key as they have it. */
export const NEWCOMER = new Person("newcomer");
export const NEW_KEY = { type: "ed25519-base64", value: NEWCOMER.bytes.toBase64() };

/** An election; what is left out is as it should be. */
export interface Election {
  readonly by?: Person | undefined;
  readonly operation?: string;
  readonly power?: number;
  readonly data?: PyJson;
  readonly outputs?: readonly PyObject[];
}

/** An election, which makes the newcomer a validator. */
export function election(
  { by = VALIDATORS[0], operation = "VALIDATOR_ELECTION", power = 9, ...rest }: Election = {},
): PyObject {
  assert(by !== undefined);
  const data = rest.data ?? { node_id: "n4", public_key: NEW_KEY, power };
  return signed({
    operation,
    members: { asset: { data }, version: "2.0" },
    outputs: rest.outputs ?? VALIDATORS.map((each) => each.output(10)),
    inputs: [{ by }],
  });
}

/** The vote of one of the validators. */
export function vote(electionId: string, index: number, amount = 10): PyObject {
  const by = VALIDATORS[index];
  assert(by !== undefined);
  const key = electionKey(electionId);
  return signed({
    operation: "VOTE",
    members: { asset: { id: electionId }, version: "2.0" },
    outputs: [keyOutput(key, base58Decode(key), amount)],
    inputs: [{ by, fulfills: { transactionId: electionId, outputIndex: index } }],
  });
}
