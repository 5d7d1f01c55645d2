import { PyFloat, type PyJson } from "../../../python/json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { blockTemplate } from "../queries/templates.ts";
import type { VertexView } from "../queries/views.ts";
import { hashRateOf, isReducedAfter } from "../rules/block_time.ts";
import { minedTokens } from "../rules/reward.ts";

/** A share of difficulty 1 has this weight. */
const SHARE_WEIGHT = 32;

/** How hard it is to mine the next block, and what all before it have made. */
export async function miningInfo(queries: NodeQueries): Promise<PyJson> {
  const { network } = queries;
  if (!queries.isSynced) return { success: false, message: "Node still syncing" };
  const best = await queries.bestBlock();
  const { weight } = await blockTemplate(queries.node);
  const isReduced = isReducedAfter(network, best.signals);
  const reduced = isReduced ? await firstReduced(queries, best) : undefined;
  return {
    hashrate: new PyFloat(hashRateOf(network, weight, isReduced)),
    difficulty: BigInt(Math.max(1, Math.floor(2 ** (weight - SHARE_WEIGHT)))),
    blocks: best.height,
    mined_tokens: minedTokens(network, best.height, reduced),
    success: true,
  };
}

/** The first height that is paid less: states change at the ends of intervals, and never back. */
async function firstReduced(queries: NodeQueries, best: VertexView): Promise<number> {
  const { evaluationInterval } = queries.network.featureActivation;
  let low = 0;
  let high = Math.floor(best.height / evaluationInterval);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await queries.blockAt(middle * evaluationInterval);
    if (block !== undefined && isReducedAfter(queries.network, block.signals)) high = middle;
    else low = middle + 1;
  }
  return low * evaluationInterval + 1;
}
