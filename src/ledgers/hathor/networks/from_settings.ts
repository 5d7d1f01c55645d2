import type { FeatureName, FeatureSwitch } from "./features.ts";
import type { FeatureActivation, FeatureCriteria, GenesisSettings, Network } from "./network.ts";
import type { SettingsValues } from "./settings_schema.ts";

/** The network that the values of a settings file describe, without test mode. */
export function networkFromSettings(file: SettingsValues): Network {
  const unit = 10n ** BigInt(file.TOKEN_AMOUNT_V1_DECIMAL_PLACES);
  return {
    name: file.NETWORK_NAME,
    p2pkhVersionByte: byteOf(file.P2PKH_VERSION_BYTE),
    multisigVersionByte: byteOf(file.MULTISIG_VERSION_BYTE),
    genesis: genesisOf(file, unit),
    testMode: { transactions: false, blocks: false },
    isShared: file.BOOTSTRAP_DNS.length > 0,
    nativeToken: { name: file.NATIVE_TOKEN_NAME, symbol: file.NATIVE_TOKEN_SYMBOL },
    maxTokenNameLength: file.MAX_LENGTH_TOKEN_NAME,
    maxTokenSymbolLength: file.MAX_LENGTH_TOKEN_SYMBOL,
    decimalPlaces: file.TOKEN_AMOUNT_V1_DECIMAL_PLACES,
    displayDecimalPlaces: file.DISPLAY_DECIMAL_PLACES,
    depositNumerator: file.TOKEN_DEPOSIT_PERCENTAGE_NUMERATOR,
    depositDenominator: file.TOKEN_DEPOSIT_PERCENTAGE_DENOMINATOR,
    isDepositInDoubles: file.DEPOSIT_IN_DOUBLES,
    feePerOutput: file.FEE_PER_OUTPUT_V1,
    ...weightsOf(file),
    ...blockTimesOf(file),
    blocksPerHalving: file.BLOCKS_PER_HALVING ?? undefined,
    initialReward: file.INITIAL_TOKEN_MAIN_UNITS_PER_BLOCK * unit,
    minimumReward: file.MINIMUM_TOKEN_MAIN_UNITS_PER_BLOCK * unit,
    rewardSpendMinBlocks: file.REWARD_SPEND_MIN_BLOCKS,
    ...limitsOf(file),
    builtInBlueprints: Object.values(file.BLUEPRINTS),
    blueprintAuthors: file.NC_ON_CHAIN_BLUEPRINT_RESTRICTED
      ? new Set(file.NC_ON_CHAIN_BLUEPRINT_ALLOWED_ADDRESSES)
      : undefined,
    features: switchesOf(file),
    featureActivation: activationOf(file),
    checkpoints: checkpointsOf(file),
    softVoided: new Set(file.SOFT_VOIDED_TX_IDS),
    skippedVerification: new Set(file.SKIP_VERIFICATION),
  };
}

function byteOf(text: string): number {
  return Number.parseInt(text.replace(/^x/, ""), 16);
}

function genesisOf(file: SettingsValues, unit: bigint): GenesisSettings {
  return {
    outputScript: Uint8Array.fromHex(file.GENESIS_OUTPUT_SCRIPT),
    timestamp: file.GENESIS_BLOCK_TIMESTAMP,
    amount: file.GENESIS_TOKEN_MAIN_UNITS * unit,
    blockNonce: file.GENESIS_BLOCK_NONCE,
    blockHash: file.GENESIS_BLOCK_HASH,
    tx1Nonce: file.GENESIS_TX1_NONCE,
    tx1Hash: file.GENESIS_TX1_HASH,
    tx2Nonce: file.GENESIS_TX2_NONCE,
    tx2Hash: file.GENESIS_TX2_HASH,
  };
}

function weightsOf(file: SettingsValues) {
  return {
    minBlockWeight: file.MIN_BLOCK_WEIGHT,
    minTxWeight: file.MIN_TX_WEIGHT,
    minTxWeightCoefficient: file.MIN_TX_WEIGHT_COEFFICIENT,
    minTxWeightK: file.MIN_TX_WEIGHT_K,
    maxTxWeightDiff: file.MAX_TX_WEIGHT_DIFF,
    maxTxWeightDiffActivation: file.MAX_TX_WEIGHT_DIFF_ACTIVATION,
    weightTolerance: file.WEIGHT_TOL,
  };
}

function blockTimesOf(file: SettingsValues) {
  return {
    averageBlockTime: file.AVG_TIME_BETWEEN_BLOCKS,
    reducedAverageBlockTime: file.REDUCED_AVG_TIME_BETWEEN_BLOCKS_10X / 10,
    difficultyBlocks: file.BLOCK_DIFFICULTY_N_BLOCKS,
    maxDistanceBetweenBlocks: file.MAX_DISTANCE_BETWEEN_BLOCKS,
    isWeightDecayEnabled: file.WEIGHT_DECAY_ENABLED,
    weightDecayActivateDistance: file.WEIGHT_DECAY_ACTIVATE_DISTANCE,
    weightDecayWindowSize: file.WEIGHT_DECAY_WINDOW_SIZE,
    weightDecayAmount: file.WEIGHT_DECAY_AMOUNT,
  };
}

function limitsOf(file: SettingsValues) {
  return {
    maxInputs: file.MAX_NUM_INPUTS,
    maxOutputs: file.MAX_NUM_OUTPUTS,
    maxOutputScriptSize: file.MAX_OUTPUT_SCRIPT_SIZE,
    maxInputDataSize: file.MAX_INPUT_DATA_SIZE,
    maxBlockDataSize: file.BLOCK_DATA_MAX_SIZE,
    maxVertexSize: file.MAX_SERIALIZED_VERTEX_SIZE,
    maxFutureTimestamp: file.MAX_FUTURE_TIMESTAMP_ALLOWED,
    maxMultisigPubkeys: file.MAX_MULTISIG_PUBKEYS,
    maxMultisigSignatures: file.MAX_MULTISIG_SIGNATURES,
    maxSigopsInput: file.MAX_TX_SIGOPS_INPUT,
    maxSigopsOutput: file.MAX_TX_SIGOPS_OUTPUT,
    oldMaxMerklePath: file.OLD_MAX_MERKLE_PATH_LENGTH,
    newMaxMerklePath: file.NEW_MAX_MERKLE_PATH_LENGTH,
    standardMaxScriptSize: file.PUSHTX_MAX_OUTPUT_SCRIPT_SIZE,
    standardMaxDataOutputs: file.MAX_DATA_SCRIPT_OUTPUTS,
    maxHistoryTransactions: file.MAX_TX_ADDRESSES_HISTORY,
    maxHistoryElements: file.MAX_INPUTS_OUTPUTS_ADDRESS_HISTORY,
  };
}

function switchesOf(file: SettingsValues): Record<FeatureName, FeatureSwitch> {
  return {
    INCREASE_MAX_MERKLE_PATH_LENGTH: "feature_activation",
    COUNT_CHECKDATASIG_OP: "feature_activation",
    NANO_CONTRACTS: file.ENABLE_NANO_CONTRACTS,
    FAILED_FEE_TOKENS: "feature_activation",
    FEE_TOKENS: file.ENABLE_FEE_BASED_TOKENS,
    FAILED_OPCODES_V2: "feature_activation",
    OPCODES_V2: file.ENABLE_OPCODES_V2,
    RESTRICT_DUP_ACTIONS: file.RESTRICT_DUP_ACTIONS,
    REDUCE_DAA_TARGET: file.ENABLE_DAA_V2,
    SHIELDED_TRANSACTIONS: file.ENABLE_SHIELDED_TRANSACTIONS,
  };
}

function activationOf({ FEATURE_ACTIVATION: settings }: SettingsValues): FeatureActivation {
  const criteria: Partial<Record<FeatureName, FeatureCriteria>> = {};
  for (const [name, one] of Object.entries(settings.features)) {
    // The schema lets no other name in.
    criteria[name as FeatureName] = {
      bit: one.bit,
      startHeight: one.start_height,
      timeoutHeight: one.timeout_height,
      minimumActivationHeight: one.minimum_activation_height,
      isLockedInOnTimeout: one.lock_in_on_timeout,
      threshold: one.threshold ?? undefined,
      isSignalledByDefault: one.signal_support_by_default,
      version: one.version,
    };
  }
  return {
    evaluationInterval: settings.evaluation_interval,
    maxSignalBits: settings.max_signal_bits,
    defaultThreshold: settings.default_threshold,
    criteria,
  };
}

function checkpointsOf({ CHECKPOINTS: checkpoints }: SettingsValues): Map<number, string> {
  return new Map(Object.entries(checkpoints).map(([height, hash]) => [Number(height), hash]));
}
