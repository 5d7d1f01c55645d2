import {
  type ActiveFeatures,
  activeFeatures,
  FEATURE_NAMES,
  type FeatureName,
} from "./features.ts";
import type { FeatureActivation, FeatureCriteria, Network } from "./network.ts";

/** How far a feature is on its way to be active. */
export type FeatureState =
  | "DEFINED"
  | "STARTED"
  | "MUST_SIGNAL"
  | "LOCKED_IN"
  | "ACTIVE"
  | "FAILED";

/** The states at a block of the features that miners signal for. */
export type FeatureStates = Readonly<Partial<Record<FeatureName, FeatureState>>>;

/** What a block's features follow from. */
export interface SignalledBlock {
  readonly states: FeatureStates;
  /** For each bit, how many blocks have set it since the evaluation interval began. */
  readonly bitCounts: readonly number[];
}

/** The features of the block at a height, given its parent; the genesis has none. */
export function signalledBlock(
  { featureActivation: activation }: Network,
  height: number,
  signalBits: number,
  parent: SignalledBlock | undefined,
): SignalledBlock {
  const isBoundary = height % activation.evaluationInterval === 0;
  const before = isBoundary ? [] : parent?.bitCounts ?? [];
  const bitCounts = Array.from(
    { length: activation.maxSignalBits },
    (_, bit) => (before[bit] ?? 0) + ((signalBits >> bit) & 1),
  );
  if (parent === undefined) return { states: {}, bitCounts };
  if (!isBoundary) return { states: parent.states, bitCounts };
  const states: Partial<Record<FeatureName, FeatureState>> = {};
  for (const [name, criteria] of criteriaOf(activation)) {
    const count = parent.bitCounts[criteria.bit] ?? 0;
    states[name] = nextState(parent.states[name] ?? "DEFINED", height, count, criteria, activation);
  }
  return { states, bitCounts };
}

function criteriaOf({ criteria }: FeatureActivation): [FeatureName, FeatureCriteria][] {
  return FEATURE_NAMES.flatMap((name) => {
    const one = criteria[name];
    return one === undefined ? [] : [[name, one]];
  });
}

/** The state from a boundary on; `count` is of the interval that ends there. */
function nextState(
  state: FeatureState,
  height: number,
  count: number,
  criteria: FeatureCriteria,
  { evaluationInterval, defaultThreshold }: FeatureActivation,
): FeatureState {
  const { startHeight, timeoutHeight, minimumActivationHeight, isLockedInOnTimeout } = criteria;
  switch (state) {
    case "DEFINED":
      return height >= startHeight ? "STARTED" : "DEFINED";
    case "STARTED": {
      if (height >= timeoutHeight && !isLockedInOnTimeout) return "FAILED";
      const threshold = criteria.threshold ?? defaultThreshold;
      if (height < timeoutHeight && count >= threshold) return "LOCKED_IN";
      const isLast = height + evaluationInterval >= timeoutHeight;
      return isLast && isLockedInOnTimeout ? "MUST_SIGNAL" : "STARTED";
    }
    case "MUST_SIGNAL":
      return "LOCKED_IN";
    case "LOCKED_IN":
      return height >= minimumActivationHeight ? "ACTIVE" : "LOCKED_IN";
    default:
      return state;
  }
}

/** The features that are active at a block. */
export function featuresAt(network: Network, states: FeatureStates): ActiveFeatures {
  return activeFeatures(network.features, (name) => states[name] === "ACTIVE");
}

/** The bits that a block on top of one with these states sets. */
export function signalBitsAt(
  { featureActivation }: Network,
  states: FeatureStates,
): number {
  let bits = 0;
  for (const [name, { bit, isSignalledByDefault }] of criteriaOf(featureActivation)) {
    const state = states[name] ?? "DEFINED";
    const isAsked = state === "STARTED" || state === "MUST_SIGNAL" || state === "LOCKED_IN";
    // Once it must be signalled there is no choice any more.
    if (isAsked && (isSignalledByDefault || state === "MUST_SIGNAL")) bits |= 1 << bit;
  }
  return bits;
}

/** The first feature that a block had to signal for, as too few blocks of its interval are left. */
export function missingSignal(
  { featureActivation: activation }: Network,
  height: number,
  { states, bitCounts }: SignalledBlock,
): FeatureName | undefined {
  const left = activation.evaluationInterval - (height % activation.evaluationInterval) - 1;
  for (const [name, { bit, threshold }] of criteriaOf(activation)) {
    if (states[name] !== "MUST_SIGNAL") continue;
    const missing = (threshold ?? activation.defaultThreshold) - (bitCounts[bit] ?? 0);
    if (missing > left) return name;
  }
  return undefined;
}
