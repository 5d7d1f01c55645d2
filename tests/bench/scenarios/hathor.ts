import { AT_ONCE, withNode } from "../hathor_node.ts";
import { median } from "../pairs.ts";
import type { Scenario } from "../scenario.ts";
import { rate, rounded, type Row } from "../table.ts";

/** Blocks per second of the reference node on a chain with warm state, on two cores. */
const ORIGINAL = 181;
const SMALL = 1_000;
const LARGE = 100_000;
/** Blocks made and taken in one go. */
const PART = 5_000;

/** How fast vertices are taken in, and whether that depends on how many there are. */
export const hathor: readonly Scenario[] = [{
  name: "hathor-blocks",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("blocks", async (node) => {
      const rates: number[] = [];
      for (let pair = 0; pair < (quick ? 1 : pairs); pair++) {
        rates.push(await node.takeBlocks(quick ? AT_ONCE : PART));
      }
      const each = rates.map((one) => one / ORIGINAL);
      return [{
        scenario: "hathor-blocks",
        ours: rate(median(rates)),
        ceiling: rate(ORIGINAL),
        ratio: median(each),
        each,
        target: { is: "at least", value: 20 },
        note: "beside the blocks that the reference node took, on another day",
      }];
    }),
}, {
  name: "hathor-txs",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("txs", async (node) => {
      await node.takeBlocks(2);
      const took: { taken: number; verified: number }[] = [];
      for (let pair = 0; pair < (quick ? 1 : pairs); pair++) {
        took.push(await node.takeTransactions(quick ? 2 : 16));
      }
      const each = took.map(({ taken, verified }) => taken / verified);
      return [{
        scenario: "hathor-txs",
        ours: rate(median(took.map(({ taken }) => taken))),
        ceiling: rate(median(took.map(({ verified }) => verified))),
        ratio: median(each),
        each,
        note: "signed payments beside their signatures verified and nothing else",
      }];
    }),
}, {
  name: "hathor-scale",
  isLong: true,
  run: ({ pairs, quick }): Promise<Row[]> =>
    withNode("small", (small) =>
      withNode("large", async (large) => {
        const size = quick ? 2 * SMALL : LARGE;
        await small.takeBlocks(SMALL);
        for (let left = size; left > 0; left -= PART) await large.takeBlocks(Math.min(PART, left));
        // What filling them has left to do for the stores is not to be measured.
        for (const node of [small, large]) await node.takeBlocks(3 * AT_ONCE);
        const took: { large: number; small: number }[] = [];
        for (let pair = 0; pair < (quick ? 1 : 2 * pairs); pair++) {
          took.push({
            large: 1_000 / await large.takeBlocks(2 * AT_ONCE),
            small: 1_000 / await small.takeBlocks(2 * AT_ONCE),
          });
        }
        const each = took.map((one) => one.large / one.small);
        return [{
          scenario: "hathor-scale",
          ours: `${rounded(median(took.map((one) => one.large)))} ms`,
          ceiling: `${rounded(median(took.map((one) => one.small)))} ms`,
          ratio: median(each),
          each,
          target: { is: "at most", value: 1.2 },
          note: `a block on ${size} of them beside one on ${SMALL}`,
        }];
      })),
}];
