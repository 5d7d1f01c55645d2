import { z } from "zod";
import { Contracts } from "../../../../src/ledgers/hathor/nano/contracts.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import type { Log } from "../../../../src/log/log.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { within } from "../../../support/until.ts";
import { ROOMY } from "./engines.ts";
import { TestNode } from "./test_node.ts";
import { networkOf, readVectors } from "./vectors.ts";

const event = z.object({
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  group_id: z.int().nullable(),
});

const answer = z.object({
  path: z.string(),
  args: z.array(z.tuple([z.string(), z.string()])),
  status: z.int(),
  body: z.unknown(),
});

const scenario = z.object({
  /** Vertices in the order in which they came, the root of the best block and the events after each. */
  steps: z.array(z.object({
    name: z.string(),
    hex: z.string(),
    root: z.string(),
    events: z.array(event),
  })),
  /** The tokens at the end. */
  tokens: z.record(
    z.string(),
    z.object({
      name: z.string(),
      symbol: z.string(),
      total: z.int(),
      can_mint: z.boolean(),
      can_melt: z.boolean(),
    }),
  ),
  /** What was asked at the end. */
  http: z.array(answer).optional(),
});

export type NanoScenario = z.infer<typeof scenario>;
export type NanoAnswer = z.infer<typeof answer>;

/** What hathor-core told of blocks that call contracts, of some scenarios by their names. */
export function nanoScenarios(): Readonly<Record<string, NanoScenario>> {
  const form = z.object({ scenarios: z.record(z.string(), scenario) });
  return readVectors("hathor_nano.json", form).scenarios;
}

/** The network of the scenarios. */
export const NANO_NETWORK: Network = { ...networkOf("unittests"), rewardSpendMinBlocks: 1 };

/** Runs `body` with a node that runs contracts, on a log of its own. */
export async function withContractNode(
  python: string,
  body: (node: TestNode, log: Log) => Promise<void>,
  network: Network = NANO_NETWORK,
): Promise<void> {
  const clock = new SteppedClock(Date.UTC(2027, 0, 1));
  const contracts = new Contracts({ python, network, clock }, ROOMY);
  try {
    await inMemory(async (log) => {
      const node = await TestNode.open({ log, clock, network, contracts });
      await node.start();
      await body(node, log);
    }, { projectionOf: chainProjection, clock });
  } finally {
    await within("the processes end", contracts.close());
  }
}
