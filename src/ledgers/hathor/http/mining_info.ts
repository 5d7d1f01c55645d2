import { PyFloat, type PyJson } from "../../../crypto/python_json.ts";
import { featuresAt } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";
import { minedTokens } from "../rules/reward.ts";
import type { HathorService } from "../service.ts";
import type { VertexView } from "../state/views.ts";

/** A share of difficulty 1 has this weight. */
const SHARE_WEIGHT = 32;

/** How hard it is to mine the next block, and what all before it have made. */
export async function miningInfo(service: HathorService): Promise<PyJson> {
  const { network } = service;
  const best = await service.bestBlock();
  const { weight } = await service.blockTemplate();
  const isReduced = isReducedAfter(network, best);
  const blockTime = isReduced ? network.reducedAverageBlockTime : network.averageBlockTime;
  const reduced = isReduced ? await firstReduced(service, best) : undefined;
  return {
    // Python's logarithm to a base, whose last bit is its own.
    hashrate: new PyFloat(2 ** (weight - Math.log(blockTime) / Math.log(2))),
    difficulty: BigInt(Math.max(1, Math.floor(2 ** (weight - SHARE_WEIGHT)))),
    blocks: best.height,
    mined_tokens: minedTokens(network, best.height, reduced),
    success: true,
  };
}

/** Whether the block after one comes sooner, and is paid less for that. */
function isReducedAfter(network: Network, { signals }: VertexView): boolean {
  return featuresAt(network, signals?.states ?? {}).REDUCE_DAA_TARGET;
}

/** The first height that is paid less: states change at the ends of intervals, and never back. */
async function firstReduced(service: HathorService, best: VertexView): Promise<number> {
  const { evaluationInterval } = service.network.featureActivation;
  let low = 0;
  let high = Math.floor(best.height / evaluationInterval);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await service.blockAt(middle * evaluationInterval);
    if (block !== undefined && isReducedAfter(service.network, block)) high = middle;
    else low = middle + 1;
  }
  return low * evaluationInterval + 1;
}
