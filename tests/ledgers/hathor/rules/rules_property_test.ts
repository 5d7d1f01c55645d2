import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { activeFeatures } from "../../../../src/ledgers/hathor/networks/features.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import { VertexRefusal } from "../../../../src/ledgers/hathor/rules/refusal.ts";
import { isStandard } from "../../../../src/ledgers/hathor/rules/standard.ts";
import { assertBalance, tokenChanges } from "../../../../src/ledgers/hathor/rules/token_balance.ts";
import { verifyBlock } from "../../../../src/ledgers/hathor/rules/verify_block.ts";
import { verifyTransaction } from "../../../../src/ledgers/hathor/rules/verify_transaction.ts";
import { verifyTransactionAlone } from "../../../../src/ledgers/hathor/rules/verify_transaction_alone.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  isBlock,
  type TxOutput,
  type Vertex,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { floatWeight } from "../../../../src/ledgers/hathor/vertex/weight.ts";
import { anyVertex } from "../support/arbitrary.ts";
import { networkOf } from "../support/vectors.ts";

const network = inTestMode(networkOf("unittests"), { transactions: true, blocks: true });
const { block: genesis } = genesisOf(network);

const contexts = [true, false].map((isActive) => ({
  network,
  features: activeFeatures(network.features, () => isActive),
  now: isActive ? 1_700_000_000.5 : undefined,
}));

/** Whatever is thrown has to be the one typed error. */
function refused(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof VertexRefusal)) throw error;
  }
}

Deno.test("no vertex at all makes the rules throw anything but a refusal", () => {
  fc.assert(
    fc.property(anyVertex, anyVertex, (fields, other) => {
      const vertex: Vertex = sealVertex(fields);
      const spent: Vertex = sealVertex(other);
      // All that it depends on is there, though it is never what its hash says.
      for (const found of [spent, genesis]) {
        const dependencies = { vertex: () => found, tokenVersion: () => undefined };
        for (const context of contexts) {
          if (isBlock(vertex)) {
            const required = {
              height: 1,
              minWeight: floatWeight(1),
              reward: 6400n,
              minHeight: 0,
              bestHeight: 0,
              signals: { states: {}, bitCounts: [] },
            };
            refused(() => verifyBlock(context, vertex, required, dependencies));
          } else {
            refused(() => verifyTransactionAlone(context, vertex));
            refused(() => verifyTransaction(context, vertex, dependencies));
            isStandard(network, vertex);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

const amount = fc.bigInt({ min: 1n, max: 10n ** 9n });

Deno.test("HTR that goes in comes out again, and not a bit more", () => {
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 5 }), amount, (amounts, extra) => {
      const outputs = amounts.map((value): TxOutput => ({
        value,
        tokenData: 0,
        script: new Uint8Array(),
      }));
      const fields = {
        version: 1,
        signalBits: 0,
        tokens: [],
        inputs: [],
        outputs,
        weight: 1,
        timestamp: 0,
        parents: [],
        nonce: 0,
        headers: [],
      } as const;
      const spent = sealVertex(fields);
      const inputs = outputs.map((_, index) => ({
        txId: spent.hash,
        index,
        data: new Uint8Array(),
      }));
      const dependencies = { vertex: () => spent, tokenVersion: () => undefined };
      const spending = sealVertex({ ...fields, inputs });
      assertBalance(network, spending, tokenChanges(spending, dependencies));
      const output = { value: extra, tokenData: 0, script: new Uint8Array() };
      const greedy = sealVertex({ ...fields, inputs, outputs: [...outputs, output] });
      let message = "";
      try {
        assertBalance(network, greedy, tokenChanges(greedy, dependencies));
      } catch (error) {
        message = error instanceof VertexRefusal ? error.message : "";
      }
      assertEquals(
        message,
        `There's an invalid surplus of HTR. (amount=${extra}, expected=0)`,
      );
    }),
  );
});
