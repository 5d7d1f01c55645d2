import { featuresAt, type FeatureStates } from "../networks/feature_states.ts";
import type { Network } from "../networks/network.ts";

/** What contracts may use at a block: 2 where they may ask for the settings. */
export type RuntimeVersion = 1 | 2;

/** The version at a block with these states of features. */
export function runtimeAt(network: Network, states: FeatureStates): RuntimeVersion {
  return featuresAt(network, states).REDUCE_DAA_TARGET ? 2 : 1;
}
