import { assertEquals } from "@std/assert";
import {
  featuresAt,
  type FeatureState,
  missingSignal,
  signalBitsAt,
  type SignalledBlock,
  signalledBlock,
} from "../../../../src/ledgers/hathor/networks/feature_states.ts";
import type { FeatureCriteria, Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { networkOf } from "../support/vectors.ts";

const INTERVAL = 4;

/** A network where a feature is signalled for with bit 1, three blocks of four being enough. */
function networkWith(criteria: Partial<FeatureCriteria>): Network {
  const network = networkOf("unittests");
  return {
    ...network,
    features: { ...network.features, FEE_TOKENS: "feature_activation" },
    featureActivation: {
      ...network.featureActivation,
      criteria: {
        FEE_TOKENS: {
          bit: 1,
          startHeight: 4,
          timeoutHeight: 16,
          minimumActivationHeight: 0,
          isLockedInOnTimeout: false,
          threshold: undefined,
          isSignalledByDefault: true,
          version: "0.0.0",
          ...criteria,
        },
      },
    },
  };
}

/** The blocks of a chain whose block at `height` has these signal bits. */
function chain(network: Network, length: number, bitsAt: (height: number) => number) {
  const blocks: SignalledBlock[] = [];
  for (let height = 0; height < length; height++) {
    blocks.push(signalledBlock(network, height, bitsAt(height), blocks.at(-1)));
  }
  return blocks;
}

/** The feature's state in each interval. */
function statesOf(blocks: readonly SignalledBlock[]): (FeatureState | undefined)[] {
  return blocks.filter((_, height) => height % INTERVAL === 0)
    .map(({ states }) => states.FEE_TOKENS);
}

const isIn = (height: number, ...intervals: number[]) =>
  intervals.includes(Math.floor(height / INTERVAL));

Deno.test("a feature that enough miners signal for becomes active an interval after", () => {
  const network = networkWith({});
  const blocks = chain(network, 17, (height) => isIn(height, 2) && height % 4 !== 0 ? 2 : 0);
  assertEquals(statesOf(blocks), [undefined, "STARTED", "STARTED", "LOCKED_IN", "ACTIVE"]);
  assertEquals(blocks[11]?.bitCounts, [0, 3, 0, 0]);
  assertEquals(blocks[12]?.bitCounts, [0, 0, 0, 0]);
  const active = blocks.map(({ states }) => featuresAt(network, states).FEE_TOKENS);
  assertEquals(active.indexOf(true), 16);
});

Deno.test("a feature waits for the height that it may be active from", () => {
  const network = networkWith({ minimumActivationHeight: 20 });
  const blocks = chain(network, 21, (height) => isIn(height, 1) ? 2 : 0);
  assertEquals(statesOf(blocks).slice(2), ["LOCKED_IN", "LOCKED_IN", "LOCKED_IN", "ACTIVE"]);
});

Deno.test("a feature that too few signal for in time fails for good", () => {
  const blocks = chain(networkWith({}), 25, (height) => height % 2 === 0 || height > 16 ? 2 : 0);
  assertEquals(statesOf(blocks).slice(3), ["STARTED", "FAILED", "FAILED", "FAILED"]);
});

Deno.test("a feature that is due in any case must be signalled in the last interval", () => {
  const network = networkWith({ isLockedInOnTimeout: true, isSignalledByDefault: false });
  const blocks = chain(network, 21, (height) => isIn(height, 3) && height > 13 ? 2 : 0);
  assertEquals(statesOf(blocks).slice(2), ["STARTED", "MUST_SIGNAL", "LOCKED_IN", "ACTIVE"]);
  const missing = blocks.map((block, height) => missingSignal(network, height, block));
  // Three of the four have to signal: one may leave it, the second may not.
  assertEquals(missing.slice(11, 16), [
    undefined,
    undefined,
    "FEE_TOKENS",
    "FEE_TOKENS",
    "FEE_TOKENS",
  ]);
  const bits = blocks.map(({ states }) => signalBitsAt(network, states));
  assertEquals([bits[11], bits[12], bits[16]], [0, 2, 0]);
});

Deno.test("blocks signal what is asked for, and nothing else", () => {
  const network = networkWith({});
  const blocks = chain(network, 17, (height) => isIn(height, 2) ? 2 : 0);
  const bits = blocks.map(({ states }) => signalBitsAt(network, states));
  assertEquals([bits[3], bits[4], bits[12], bits[16]], [0, 2, 2, 0]);
  assertEquals(signalBitsAt(networkOf("privatenet"), {}), 0);
});
