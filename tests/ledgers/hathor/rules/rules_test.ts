import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import {
  activeFeatures,
  mempoolFeatures,
} from "../../../../src/ledgers/hathor/networks/features.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import type { Dependencies, RuleContext } from "../../../../src/ledgers/hathor/rules/context.ts";
import {
  assertDependencies,
  dependenciesOf,
  tokensSpent,
} from "../../../../src/ledgers/hathor/rules/dependencies.ts";
import { VertexRefusal } from "../../../../src/ledgers/hathor/rules/refusal.ts";
import {
  verifyingTransaction,
  verifyTransaction,
} from "../../../../src/ledgers/hathor/rules/verify_transaction.ts";
import { verifyTransactionAlone } from "../../../../src/ledgers/hathor/rules/verify_transaction_alone.ts";
import { type Header, HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  HTR_UID,
  isBlock,
  isTokenCreation,
  TokenVersion,
  type Transaction,
  type Vertex,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { networkOf, readVectors, transactionOf, vertexOf } from "../support/vectors.ts";

/** Anyone's weight will do, as when the vectors were made. */
const privatenet = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });

function contextOf(network: Network, now?: number): RuleContext {
  return { network, features: mempoolFeatures(activeFeatures(network.features)), now };
}

function dependenciesIn(vertices: Iterable<Vertex>): Dependencies {
  const byHash = new Map([...vertices].map((vertex) => [vertex.hash, vertex]));
  return {
    vertex: (hash) => byHash.get(hash),
    tokenVersion: (uid) => {
      if (uid === HTR_UID) return TokenVersion.native;
      const creation = byHash.get(uid);
      return creation !== undefined && isTokenCreation(creation)
        ? creation.tokenVersion
        : undefined;
    },
  };
}

function verify(context: RuleContext, tx: Transaction, dependencies: Dependencies): void {
  assertDependencies(tx, dependencies);
  verifyTransactionAlone(context, tx);
  verifyTransaction(context, tx, dependencies);
}

const rules = readVectors(
  "hathor_rules.json",
  z.object({
    now: z.number(),
    vertices: z.array(z.string()),
    cases: z.array(z.object({
      hex: z.string(),
      outcome: z.enum(["ok", "refused", "uncaught"]),
      exception: z.string().optional(),
      message: z.string().optional(),
    })),
  }),
);

/** Script errors that come up while signature checks are counted have one code here. */
const SCRIPT_EXCEPTIONS = ["OutOfData", "InvalidScriptError", "ScriptError"];

Deno.test("transactions are taken, or refused, by the original's rules and in its words", () => {
  assert(rules.cases.length > 150);
  const feenet: Network = {
    ...privatenet,
    features: { ...privatenet.features, FEE_TOKENS: "enabled" },
  };
  const context = contextOf(feenet, rules.now);
  const { block, tx1, tx2 } = genesisOf(feenet);
  const dependencies = dependenciesIn([block, tx1, tx2, ...rules.vertices.map(vertexOf)]);
  for (const { hex, outcome, exception, message } of rules.cases) {
    const tx = transactionOf(hex);
    const run = () => {
      verifyTransactionAlone(context, tx);
      verifyTransaction(context, tx, dependencies);
    };
    if (outcome === "ok") {
      run();
      continue;
    }
    const error = assertThrows(run, VertexRefusal);
    if (outcome === "uncaught") {
      assertEquals(error.code, "NodeFailure");
      continue;
    }
    assertEquals(error.message, message);
    const isScript = SCRIPT_EXCEPTIONS.includes(exception ?? "");
    assertEquals<string>(error.code, isScript ? "ScriptError" : exception ?? "");
  }
});

const recorded = readVectors(
  "hathor_api.json",
  z.object({
    vertices: z.record(z.string(), z.string()),
    accepted_transactions: z.array(z.string()),
    pushes: z.array(z.object({
      hex: z.string(),
      status: z.number(),
      answer: z.union([
        z.string(),
        z.object({ success: z.boolean(), message: z.string() }),
      ]),
    })),
  }),
);

const recordedVertices = Object.values(recorded.vertices).map(vertexOf);
const recordedDependencies = dependenciesIn(recordedVertices);

Deno.test("every transaction that the live node took is taken here", () => {
  const accepted = recordedVertices.filter(({ hash }) =>
    recorded.accepted_transactions.includes(hash)
  );
  assert(accepted.length >= 10);
  for (const tx of accepted) {
    assert(!isBlock(tx));
    verify(contextOf(privatenet, tx.timestamp), tx, recordedDependencies);
  }
});

Deno.test("what the live node refused in validation is refused in the same words", () => {
  const prefix = "full validation failed: ";
  let refused = 0;
  for (const { hex, answer } of recorded.pushes) {
    if (typeof answer === "string" || !answer.message.startsWith(prefix)) continue;
    const tx = transactionOf(hex);
    const error = assertThrows(
      () => verify(contextOf(privatenet, tx.timestamp), tx, recordedDependencies),
      VertexRefusal,
    );
    assertEquals(error.message, answer.message.slice(prefix.length));
    refused++;
  }
  assertEquals(refused, 5);
});

const spend = recordedVertices.find(({ hash }) => recorded.accepted_transactions.includes(hash));
assert(spend?.version === 1);

Deno.test("what would have to be executed is kept, and refused in plain words", () => {
  const nano: Header = {
    id: HeaderId.nano,
    contractId: "00".repeat(32),
    sequence: 1n,
    method: "nop",
    arguments: new Uint8Array(),
    actions: [],
    address: new Uint8Array(25),
    script: new Uint8Array(),
  };
  const shielded: Header = {
    id: HeaderId.unshieldBalance,
    excessBlindingFactor: new Uint8Array(32),
  };
  for (
    const [header, reason] of [
      [nano, "nano contracts are not executed here"],
      [shielded, "shielded outputs are not verified here"],
    ] as const
  ) {
    const tx = worked({ ...spend, headers: [header] });
    const context = contextOf(privatenet, tx.timestamp);
    const error = assertThrows(() => verify(context, tx, recordedDependencies), VertexRefusal);
    assertEquals([error.code, error.message], ["NotExecutable", reason]);
  }
  const { version: _transaction, ...fields } = spend;
  const empty = new Uint8Array();
  const blueprint = worked({
    ...fields,
    version: 6,
    code: empty,
    publicKey: empty,
    signature: empty,
  });
  const context = contextOf(privatenet, blueprint.timestamp);
  const error = assertThrows(() => verifyTransactionAlone(context, blueprint), VertexRefusal);
  assertEquals(error.message, "on-chain blueprints are not executed here");
});

Deno.test("a fee header is refused where fee tokens are switched off", () => {
  const fees = [{ tokenIndex: 0, amount: 1n }];
  const tx = worked({ ...spend, headers: [{ id: HeaderId.fee, fees }] });
  const error = assertThrows(
    () => verify(contextOf(privatenet), tx, recordedDependencies),
    VertexRefusal,
  );
  assertEquals(error.message, "Header `FeeHeader` not supported by `Transaction`");
});

Deno.test("a new transaction may not be older than a day and a half", () => {
  const context = contextOf(privatenet, spend.timestamp + 129_600.5);
  const error = assertThrows(() => verifyTransactionAlone(context, spend), VertexRefusal);
  const { timestamp } = spend;
  assertEquals(
    error.message,
    `transaction is too old (now=${timestamp + 129_600}.5, timestamp=${timestamp}, diff=129600.5)`,
  );
});

Deno.test("each input of a transaction is a step, after which others may have their turn", () => {
  const steps = [...verifyingTransaction(contextOf(privatenet), spend, recordedDependencies)];
  assertEquals(steps.length, spend.inputs.length);
});

Deno.test("a transaction that the settings name is taken as it is", () => {
  const tx = worked({ ...spend, parents: [] });
  const network = { ...privatenet, skippedVerification: new Set([tx.hash]) };
  verifyTransactionAlone(contextOf(network), tx);
  verifyTransaction(contextOf(network), tx, recordedDependencies);
});

Deno.test("what a transaction depends on is told before it is looked at", () => {
  const hashes = dependenciesOf(spend);
  assertEquals(hashes.slice(0, 2), [...spend.parents]);
  assertEquals(new Set(hashes).size, hashes.length);
  assertEquals([...tokensSpent(spend, recordedDependencies.vertex)].includes(HTR_UID), true);
  const missing = { ...recordedDependencies, vertex: () => undefined };
  const error = assertThrows(() => assertDependencies(spend, missing), VertexRefusal);
  assertEquals([error.code, error.message], ["TransactionDoesNotExist", hashes[0]]);
});

/** The vertex with a nonce that makes its hash the work of any weight up to nine. */
function worked<F extends Parameters<typeof sealVertex>[0] & { nonce: number }>(fields: F) {
  for (let nonce = 0;; nonce++) {
    const vertex = sealVertex({ ...fields, nonce });
    if (BigInt(`0x${vertex.hash}`) < 2n ** 247n) return vertex;
  }
}
