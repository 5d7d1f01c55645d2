import { systemClock } from "../../../src/kernel/clock.ts";
import { Contracts } from "../../../src/ledgers/hathor/nano/contracts.ts";
import { findEngine } from "../../../src/ledgers/hathor/nano/find_engine.ts";
import { NETWORK, withNode } from "../hathor_node.ts";
import { median } from "../pairs.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row } from "../table.ts";

/** How fast calls of contracts are taken in and executed, beside payments. */
export const hathorCalls: Scenario = {
  name: "hathor-calls",
  async run({ pairs, quick }): Promise<Row[]> {
    const python = Deno.env.get("LEDGER_TEST_PYTHON");
    const found = await findEngine(python === undefined ? "auto" : { python });
    if ("why" in found) throw new Error(found.why);
    const contracts = new Contracts({ ...found, network: NETWORK, clock: systemClock });
    try {
      return await withNode("calls", async (node) => {
        await node.takeBlocks(2);
        const took: { calls: number; payments: number }[] = [];
        for (let pair = 0; pair < (quick ? 1 : pairs); pair++) {
          took.push({
            calls: await node.takeCalls(quick ? 2 : 10),
            payments: (await node.takeTransactions(quick ? 2 : 10)).taken,
          });
        }
        const each = took.map(({ calls, payments }) => calls / payments);
        return [{
          scenario: "hathor-calls",
          ours: rate(median(took.map(({ calls }) => calls))),
          ceiling: rate(median(took.map(({ payments }) => payments))),
          ratio: median(each),
          each,
          note: "calls of a contract, 200 to a block, beside signed payments to the same node",
        }];
      }, contracts);
    } finally {
      await contracts.close();
    }
  },
};
