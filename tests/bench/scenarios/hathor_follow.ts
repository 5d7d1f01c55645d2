import { eventTextsOf, FollowerWorld } from "../../ledgers/hathor/support/follower_world.ts";
import { ScriptedNode } from "../../ledgers/hathor/support/scripted_node.ts";
import { openStore } from "../../../src/kv/open.ts";
import { withNode } from "../hathor_node.ts";
import { median } from "../pairs.ts";
import { withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row } from "../table.ts";

/** Events per second that the reference node tells at the most, on two cores. */
const ORIGINAL = 3_252;

/**
 * How fast the events of a node are taken over that has blocks and payments, with all that rows are
 * made of, beside what the reference node tells at the most. The node is in the same process.
 */
export const hathorFollow: Scenario = {
  name: "hathor-follow",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("followed", async (own) => {
      await own.takeBlocks(quick ? 500 : 5_000);
      await own.takeTransactions(quick ? 1 : 8);
      const node = new ScriptedNode(own.node.network, await eventTextsOf(own.node));
      for (const text of node.events) {
        const [, hash = ""] = /"data":\{"hash":"(\w{64})"/.exec(text) ?? [];
        const vertex = hash === "" ? undefined : await own.node.vertex(hash);
        if (vertex !== undefined) node.transactions.set(hash, vertex.vertex.bytes.toHex());
      }
      const rates: number[] = [];
      try {
        for (let pair = 0; pair < (quick ? 1 : pairs); pair++) rates.push(await taken(node));
      } finally {
        await node.close();
      }
      const each = rates.map((one) => one / ORIGINAL);
      return [{
        scenario: "hathor-follow",
        ours: rate(median(rates)),
        ceiling: rate(ORIGINAL),
        ratio: median(each),
        each,
        target: { is: "at least", value: 1 },
        note:
          `${node.events.length} events taken from a node, beside what the reference node tells`,
      }];
    }),
};

/** Events taken in a second by a follower that begins with nothing. */
function taken(node: ScriptedNode): Promise<number> {
  return withFolder(async (folder) => {
    const network = node.of;
    const store = await openStore(`${folder}/follower.db`);
    const follower = await FollowerWorld.open(network, node.origin, store);
    try {
      const begun = performance.now();
      follower.followed.start();
      await follower.reach(node.events.length);
      return node.events.length * 1_000 / (performance.now() - begun);
    } finally {
      await follower.close();
    }
  });
}
