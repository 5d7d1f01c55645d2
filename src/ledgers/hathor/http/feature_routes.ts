import { PyFloat, type PyJson } from "../../../crypto/python_json.ts";
import { FEATURE_NAMES } from "../networks/features.ts";
import type { HathorService } from "../service.ts";
import type { VertexView } from "../state/views.ts";
import { isBlock } from "../vertex/vertex.ts";
import type { Route } from "./app.ts";
import { BadRequest, hashOf } from "./arguments.ts";
import { knownVertex } from "./details.ts";

/** Releases are not part of the settings here. */
const UNKNOWN_RELEASE = "0.0.0";

/** What tells of the features that miners signal for. */
export function featureRoutes(service: HathorService): Route[] {
  return [{
    path: "/feature",
    async GET({ args }) {
      const hash = args.find("block");
      if (hash === undefined) return features(service, await service.bestBlock());
      const block = await knownVertex(service, hashOf(hash));
      if (!isBlock(block.vertex)) throw new BadRequest(`${hash} is not a block`);
      return signals(service, block);
    },
  }];
}

function features({ network }: HathorService, { vertex, height, signals }: VertexView): PyJson {
  const { featureActivation: { criteria, evaluationInterval, defaultThreshold } } = network;
  return {
    block_hash: vertex.hash,
    block_height: height,
    features: FEATURE_NAMES.flatMap((name) => {
      const feature = criteria[name];
      if (feature === undefined) return [];
      const state = signals?.states[name] ?? "DEFINED";
      const share = (blocks: number) => new PyFloat(blocks / evaluationInterval);
      return [{
        name,
        state,
        acceptance: state === "STARTED" ? share(signals?.bitCounts[feature.bit] ?? 0) : null,
        threshold: share(feature.threshold ?? defaultThreshold),
        start_height: feature.startHeight,
        minimum_activation_height: feature.minimumActivationHeight,
        timeout_height: feature.timeoutHeight,
        lock_in_on_timeout: feature.isLockedInOnTimeout,
        version: UNKNOWN_RELEASE,
      }];
    }),
  };
}

/** What one block signals, for each bit that means something there. */
function signals({ network }: HathorService, { vertex, signals }: VertexView): PyJson {
  const { criteria } = network.featureActivation;
  const bits = FEATURE_NAMES.flatMap((name) => {
    const bit = criteria[name]?.bit;
    const state = signals?.states[name];
    const isSignalled = state === "STARTED" || state === "MUST_SIGNAL" || state === "LOCKED_IN";
    if (bit === undefined || !isSignalled) return [];
    return [{ bit, signal: (vertex.signalBits >> bit) & 1, feature: name, feature_state: state }];
  });
  return { signal_bits: bits };
}
