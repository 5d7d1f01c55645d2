/** What can be switched on in a network, by the names its settings use. */
export const FEATURE_NAMES = [
  "INCREASE_MAX_MERKLE_PATH_LENGTH",
  "COUNT_CHECKDATASIG_OP",
  "NANO_CONTRACTS",
  "FAILED_FEE_TOKENS",
  "FEE_TOKENS",
  "FAILED_OPCODES_V2",
  "OPCODES_V2",
  "RESTRICT_DUP_ACTIONS",
  "REDUCE_DAA_TARGET",
  "SHIELDED_TRANSACTIONS",
] as const;

export type FeatureName = typeof FEATURE_NAMES[number];

/** Off, on from the first block, or on once miners have signalled for it. */
export type FeatureSwitch = "disabled" | "enabled" | "feature_activation";

/** The features as they are at one place of the graph. */
export type ActiveFeatures = Readonly<Record<FeatureName, boolean>>;

/**
 * The features of a network at a place where `isActive` tells which of those that miners signal
 * for are active.
 */
export function activeFeatures(
  switches: Readonly<Record<FeatureName, FeatureSwitch>>,
  isActive: (feature: FeatureName) => boolean = () => false,
): ActiveFeatures {
  const isOn = (feature: FeatureName): boolean =>
    switches[feature] === "enabled" ||
    (switches[feature] === "feature_activation" && isActive(feature));
  return {
    INCREASE_MAX_MERKLE_PATH_LENGTH: isOn("INCREASE_MAX_MERKLE_PATH_LENGTH"),
    COUNT_CHECKDATASIG_OP: isOn("COUNT_CHECKDATASIG_OP"),
    NANO_CONTRACTS: isOn("NANO_CONTRACTS"),
    FAILED_FEE_TOKENS: isOn("FAILED_FEE_TOKENS"),
    FEE_TOKENS: isOn("FEE_TOKENS"),
    FAILED_OPCODES_V2: isOn("FAILED_OPCODES_V2"),
    OPCODES_V2: isOn("OPCODES_V2"),
    RESTRICT_DUP_ACTIONS: isOn("RESTRICT_DUP_ACTIONS"),
    REDUCE_DAA_TARGET: isOn("REDUCE_DAA_TARGET"),
    SHIELDED_TRANSACTIONS: isOn("SHIELDED_TRANSACTIONS"),
  };
}

/**
 * The features that a new vertex is verified with: what restricts counts as active at once, so that
 * a vertex that is taken now stays valid when it becomes active.
 */
export function mempoolFeatures(atBestBlock: ActiveFeatures): ActiveFeatures {
  return {
    ...atBestBlock,
    COUNT_CHECKDATASIG_OP: true,
    OPCODES_V2: true,
    RESTRICT_DUP_ACTIONS: true,
  };
}
