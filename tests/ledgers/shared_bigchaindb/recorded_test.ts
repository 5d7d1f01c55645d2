import { assertEquals } from "@std/assert";
import {
  recordedInputs,
  recordedOutputs,
} from "../../../src/ledgers/shared_bigchaindb/transaction/recorded.ts";
import { ownersOf } from "../../../src/ledgers/shared_bigchaindb/transaction/owners.ts";
import { Person } from "./builder.ts";

const alice = new Person("alice");

Deno.test("conditions of a type that is not known are nobody's, and what else is said counts", () => {
  const unknown = {
    public_keys: [alice.publicKey],
    condition: {
      uri: "ni:///sha-256;x?fpt=zenroom-sha-256&cost=1",
      details: { type: "zenroom-sha-256", script: "print('x')" },
    },
    amount: "7",
  };
  const [first, second] = recordedOutputs([alice.output(3), unknown]);
  assertEquals(first && [first.amount, ownersOf(first)], [3n, [alice.publicKey]]);
  assertEquals(second && [second.amount, ownersOf(second), second.conditionUri], [
    7n,
    [],
    undefined,
  ]);
  const [input] = recordedInputs([{
    owners_before: [alice.publicKey],
    fulfills: { transaction_id: "a".repeat(64), output_index: 2 },
    fulfillment: "no-fulfillment",
  }]);
  assertEquals(input?.fulfills, { transactionId: "a".repeat(64), outputIndex: 2 });
  assertEquals(input?.ownersBefore, [alice.publicKey]);
});
